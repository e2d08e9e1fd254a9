/** Recorded mutations as somebody reads them: with paths in the state instead of ids, and without what is redacted. */
import types from 'node:util/types';
import type { Mirror } from '../mirror/mirror.ts';
import { UNKNOWN_STEP } from '../value/path-step.ts';
import { entryStep, MEMBER_STEP, propertyStep, type Step } from './children.ts';
import { type MutationOperation, OBJECT_KEY, type RecordedSlot } from './decode-mutation.ts';
import { findPaths } from './find-paths.ts';
import type { RecordedMutation } from './flight-recorder.ts';
import { formatNode, formatPrimitive } from './format-value.ts';
import { RedactedPlaces } from './redacted-places.ts';
import type { RedactedPath } from './redaction.ts';

/** One change of the state, as the flight recorder tells it. */
export interface Mutation {
  /** When the guardian had read it, some 5 ms after it was made; of one that it read only after the death, the time of death. */
  readonly at: Date;
  /** Such as `state.users[3].name`: where the object stands when the dossier is made. Undefined when it is no longer there. */
  readonly path: string | undefined;
  readonly operation: MutationOperation;
  /** A primitive, cut to 100 characters, or the kind and size of a container; `[redacted]` where it is not to be shown. */
  readonly value?: string;
}

/** Objects of the state that are looked at for paths when somebody asks: a second or so at most, and some 100 MB. */
export const NODES_MAX = 1_000_000;

const REDACTED = '[redacted]';
/** Of one step: a key may be as long as it likes. */
const STEP_CHARS_MAX = 200;

export interface DescribeMutationsOptions {
  readonly mirror: Mirror;
  readonly crashedAt: Date;
  readonly redacted: readonly RedactedPath[];
  /** Of paths, operations and values together, as UTF-8; the oldest are left out first. */
  readonly bytesMax: number;
  /** Objects of the state that are looked at: what has not been found then has no path. */
  readonly nodesMax: number;
}

export function describeMutations(
  recorded: readonly RecordedMutation[],
  options: DescribeMutationsOptions,
): Mutation[] {
  const { mirror, crashedAt, redacted, bytesMax, nodesMax } = options;
  const nodes = recorded.map((mutation) => nodeOf(mutation, mirror));
  const paths = findPaths(mirror, new Set(nodes.filter((node) => node !== undefined)), nodesMax);
  const places = new RedactedPlaces(mirror, redacted, nodesMax);
  const mutations = recorded.map((mutation, index) => {
    const node = nodes[index];
    const path = node === undefined ? undefined : paths.get(node);
    const step = stepOf(mutation, node);
    const isHidden = places.has(path === undefined ? undefined : node, step);
    const value = isMemberDeleted(mutation, node) ? memberOf(mutation.slot) : valueOf(mutation, mirror);
    return {
      at: new Date(mutation.readAtMs ?? crashedAt.getTime()),
      path: path === undefined ? undefined : path + textOf(step),
      operation: mutation.operation,
      ...(value !== undefined && { value: isHidden ? REDACTED : value }),
    };
  });
  return withinBytes(mutations, bytesMax);
}

/** Undefined when it is no longer what the id meant. Of a custom value the value itself. */
function nodeOf({ nodeId, isNodeGone }: RecordedMutation, mirror: Mirror): object | undefined {
  if (isNodeGone) return undefined;
  const node = nodeId === 0 ? mirror.root : mirror.findNode(nodeId);
  if (node === undefined) return undefined;
  const made = mirror.madeValues.get(node);
  return typeof made === 'object' && made !== null ? made : node;
}

/** Undefined: it is about the node as a whole, or about elements whose places are not said. */
function stepOf(
  { slot, operation, isBelowSlot }: RecordedMutation,
  node: object | undefined,
): Step | undefined {
  if (slot === undefined) return operation === 'push' ? { text: '', name: undefined } : undefined;
  switch (slot.is) {
    case 'property':
      if (slot.key === undefined) return { text: UNKNOWN_STEP, name: undefined };
      return propertyStep(slot.key, Array.isArray(node));
    case 'element':
      return {
        text: `[${slot.index}]`,
        name: isBelowSlot === true ? undefined : elementName(slot, operation),
      };
    case 'member':
      return MEMBER_STEP;
    default:
      return isSet(node) ? MEMBER_STEP : entryStep(slot.key);
  }
}

/** Of several elements, any may be meant. */
function elementName(
  slot: RecordedSlot & { is: 'element' },
  operation: MutationOperation,
): string | undefined {
  return operation === 'set' ? String(slot.index) : undefined;
}

function textOf(step: Step | undefined): string {
  if (step === undefined) return '';
  return step.text.length > STEP_CHARS_MAX ? `${step.text.slice(0, STEP_CHARS_MAX)}…` : step.text;
}

function isMemberDeleted({ operation, slot }: RecordedMutation, node: object | undefined): boolean {
  return operation === 'delete' && slot?.is === 'entry' && isSet(node);
}

function isSet(node: object | undefined): boolean {
  return node !== undefined && types.isSet(node);
}

function memberOf(slot: RecordedSlot | undefined): string | undefined {
  if (slot?.is !== 'entry') return undefined;
  return slot.key === OBJECT_KEY ? 'Object' : formatPrimitive(slot.key);
}

function valueOf({ value, isValueGone }: RecordedMutation, mirror: Mirror): string | undefined {
  if (value === undefined || 'text' in value) return value?.text;
  const node = isValueGone ? undefined : mirror.findNode(value.nodeId);
  // Any kind of node: nobody knows any more.
  return node === undefined ? 'Object' : formatNode(node, mirror.classNameOf(node));
}

function withinBytes(mutations: Mutation[], bytesMax: number): Mutation[] {
  let bytes = 0;
  for (let index = mutations.length - 1; index >= 0; index--) {
    const { path = '', operation, value = '' } = mutations[index] as Mutation;
    bytes += Buffer.byteLength(path) + operation.length + Buffer.byteLength(value);
    if (bytes > bytesMax) return mutations.slice(index + 1);
  }
  return mutations;
}
