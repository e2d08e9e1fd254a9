/**
 * From a payload to values, in the browser.
 *
 * Invariants:
 * 1. A property is one of its own, whatever its name: `__proto__` sets no prototype.
 * 2. An object is made before what is in it, so that this can hold it.
 */
import { type Annotation, type Kind, type Payload, type Place, placeBelow } from './payload.ts';
import { setOwn } from '../state/path.ts';

interface Kinds {
  kind?: Kind;
  readonly below: Map<string, Kinds>;
}

type Json = Readonly<Record<string, unknown>>;
type TypedArrayClass = new (numbers: readonly (number | bigint)[]) => NodeJS.ArrayBufferView;

export function decodePayload({ json, meta }: Payload): unknown {
  const kinds = grow({ below: new Map() }, meta?.values ?? {});
  /** Where an object stands first, by all its other places. */
  const firsts = new Map<string, Place>();
  const equalities = meta?.referentialEqualities ?? {};
  const [ofRoot, others] = Array.isArray(equalities) ? equalities : [[], equalities];
  for (const place of ofRoot) firsts.set(place, undefined);
  for (const [first, places] of Object.entries(others ?? {}))
    for (const place of places as string[]) firsts.set(place, first);
  const made = new Map<Place, unknown>();

  const decode = (value: unknown, kinds: Kinds | undefined, place: Place): unknown => {
    if (place !== undefined && firsts.has(place)) return made.get(firsts.get(place));
    const note = <Made>(object: Made): Made => {
      made.set(place, object);
      return object;
    };
    const decodeBelow = (child: unknown, step: string | number): unknown =>
      decode(child, kinds?.below.get(String(step)), placeBelow(place, step));
    const kind = kinds?.kind;
    if (typeof kind === 'object') {
      const View = (globalThis as unknown as Record<string, TypedArrayClass>)[kind[1]] as TypedArrayClass;
      const toNumber: (text: string) => number | bigint = kind[1].startsWith('Big') ? BigInt : Number;
      return note(new View((value as string[]).map((item) => toNumber(item))));
    }
    switch (kind) {
      case 'undefined':
        return undefined;
      case 'bigint':
        return BigInt(value as string);
      case 'number':
        return Number(value);
      case 'Date':
        return note(new Date((value as string | null) ?? Number.NaN));
      case 'URL':
        return note(new URL(value as string));
      case 'regexp': {
        const end = (value as string).lastIndexOf('/');
        return note(new RegExp((value as string).slice(1, end), (value as string).slice(end + 1)));
      }
      case 'map': {
        const map = note(new Map());
        for (const [row, [key, item]] of (value as [unknown, unknown][]).entries()) {
          const kindsOfRow: Kinds | undefined = kinds?.below.get(String(row));
          const placeOfRow = placeBelow(place, row);
          const decodeHalf = (half: unknown, index: 0 | 1): unknown =>
            decode(half, kindsOfRow?.below.get(String(index)), placeBelow(placeOfRow, index));
          map.set(decodeHalf(key, 0), decodeHalf(item, 1));
        }
        return map;
      }
      case 'set': {
        const set = note(new Set());
        for (const [index, item] of (value as unknown[]).entries()) set.add(decodeBelow(item, index));
        return set;
      }
      case 'Error': {
        const { name, message, cause } = value as Json;
        const error = note(new Error(message as string));
        error.name = name as string;
        if (cause !== undefined) error.cause = decodeBelow(cause, 'cause');
        return error;
      }
      default:
        break;
    }
    if (typeof value !== 'object' || value === null) return value;
    const copy = note<object>(Array.isArray(value) ? [] : {});
    for (const [key, child] of Object.entries(value)) setOwn(copy, key, decodeBelow(child, key));
    return copy;
  };
  return decode(json, kinds, undefined);
}

/** Annotations are by paths of several steps, and nested; one step each is easier to go along with. */
function grow(kinds: Kinds, annotation: Annotation): Kinds {
  let inner: Annotation | undefined = annotation;
  if (Array.isArray(annotation)) [kinds.kind, inner] = annotation;
  for (const [path, child] of Object.entries(inner ?? {})) {
    let at = kinds;
    for (const step of splitPlace(path)) {
      let next = at.below.get(step);
      if (next === undefined) at.below.set(step, (next = { below: new Map() }));
      at = next;
    }
    grow(at, child as Annotation);
  }
  return kinds;
}

function splitPlace(place: string): string[] {
  const steps = [''];
  for (const [, escaped, dot, other] of place.matchAll(/\\(.)|(\.)|([^\\.]+)/gs)) {
    if (dot === undefined) steps[steps.length - 1] += escaped ?? other ?? '';
    else steps.push('');
  }
  return steps;
}
