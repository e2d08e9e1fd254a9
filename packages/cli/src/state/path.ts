/**
 * Places in a state, as a person writes them: `users.3.name`, and as faultguard does: `state.users[3].name`,
 * `sessions.get("ada")`, `["home address"]`.
 */
import { types } from 'node:util';
import { formatEntryStep, formatPropertyStep } from '@faultguard/core/internal';
import { Failure, usageFailure } from '../failure.ts';
import { cutText, escapeText } from '../terminal/escape-text.ts';
import { childrenOf, ownValue } from './children.ts';

/** A name stands for a property, an element, a key of a Map, or a place in a Set. */
export type Step = string;

const NAME = /\.?([^.[\]()]+)/y;
const INDEX = /\[(\d+)\]/y;
const QUOTED = /\[("(?:[^"\\]|\\.)*")\]/y;
const ENTRY = /\.?get\((?:("(?:[^"\\]|\\.)*")|([^)]*))\)/y;

/** Throws Failure for what is no path. */
export function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < text.length;) {
    const [found, step] = readStep(text, at) ?? [];
    if (found === undefined || step === undefined) {
      throw usageFailure(
        `--path does not go on at "${cutText(text.slice(at), 40)}". Write it as users.3.name, or as state.users[3].name, ` +
          'sessions.get("ada"), ["home address"].',
      );
    }
    steps.push(step);
    at += found;
  }
  return steps;
}

function readStep(text: string, at: number): [length: number, step: Step] | undefined {
  for (const pattern of [ENTRY, INDEX, QUOTED, NAME]) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const [found, first, second] = match;
    const step = first?.startsWith('"') === true ? unquote(first) : (first ?? second);
    return step === undefined ? undefined : [found.length, step];
  }
  return undefined;
}

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

export interface Place {
  readonly value: unknown;
  /** As faultguard writes it: `state.users[3]`. */
  readonly path: string;
}

/** Throws Failure when there is nothing at that place, and says what there is instead. */
export function findPlace(root: object, steps: readonly Step[]): Place {
  const isNamed = steps[0] === 'state' && !Object.hasOwn(root, 'state');
  let place: Place = { value: root, path: 'state' };
  for (const step of isNamed ? steps.slice(1) : steps) {
    const { value, path } = place;
    const found = typeof value === 'object' && value !== null ? findStep(value, step) : undefined;
    if (found === undefined) throw nothingThere(place, step);
    place = { value: found.value, path: `${path}${found.step}` };
  }
  return place;
}

const SUGGESTIONS_MAX = 8;

function findStep(value: object, step: Step): { readonly value: unknown; readonly step: string } | undefined {
  if (types.isMap(value)) return findEntry(value, step);
  if (types.isSet(value)) {
    const index = /^\d+$/.test(step) ? Number(step) : -1;
    let at = 0;
    for (const child of childrenOf(value)) if (at++ === index) return child;
    return undefined;
  }
  if (!Object.hasOwn(value, step)) return undefined;
  const isElement = (Array.isArray(value) || ArrayBuffer.isView(value)) && /^\d+$/.test(step);
  const shown = isElement ? `[${step}]` : formatPropertyStep(step);
  return { value: ownValue(value, step), step: shown };
}

function findEntry(map: object, step: Step): { readonly value: unknown; readonly step: string } | undefined {
  for (const key of [step, Number(step)]) {
    if (typeof key === 'number' && String(key) !== step) continue;
    if (Map.prototype.has.call(map, key)) {
      return { value: Map.prototype.get.call(map, key) as unknown, step: formatEntryStep(key) };
    }
  }
  for (const child of childrenOf(map)) {
    const { key } = child;
    if ((typeof key === 'boolean' || typeof key === 'bigint') && String(key) === step) return child;
  }
  return undefined;
}

function nothingThere({ value, path }: Place, step: Step): Failure {
  const where = escapeText(path);
  const what = `There is no "${cutText(step, 80)}" in ${where}`;
  if (typeof value !== 'object' || value === null) {
    return new Failure('PATH_NOT_FOUND', `${what}: that is no object. Nothing has been written.`);
  }
  const steps: string[] = [];
  let isMore = false;
  for (const child of childrenOf(value)) {
    isMore = steps.length === SUGGESTIONS_MAX;
    if (isMore) break;
    steps.push(cutText(child.step, 40));
  }
  const has = steps.length === 0 ? 'It is empty' : `It has ${steps.join(', ')}${isMore ? ', …' : ''}`;
  return new Failure('PATH_NOT_FOUND', `${what}. ${has}. Nothing has been written.`);
}
