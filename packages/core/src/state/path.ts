/** Paths for error messages: where in the state something stands. */
import { NodeKind } from '../journal/layout.ts';
import {
  BUFFER_STEP,
  CONTENT_STEP,
  formatEntryStep,
  formatPropertyStep,
  KEYS_STEP,
  UNKNOWN_STEP,
  VALUES_STEP,
} from '../value/path-step.ts';
import { isObject, nodeOf, type TrackedNode } from './tracked-node.ts';

/** A slot that is no property. */
interface OtherSlot {
  readonly text: string;
}

export type SlotKey = PropertyKey | OtherSlot;

/** The value of an entry of a Map. Its key is named if it is short; a key may be part of the state's contents. */
export class MapSlot implements OtherSlot {
  readonly #key: unknown;

  constructor(key: unknown) {
    this.#key = key;
  }

  get text(): string {
    return formatEntryStep(this.#key);
  }
}

export class MapKeySlot implements OtherSlot {
  readonly text: string = KEYS_STEP;
}

export class MemberSlot implements OtherSlot {
  readonly text: string = VALUES_STEP;
}

export class ContentSlot implements OtherSlot {
  readonly text: string = CONTENT_STEP;
}

/** A view's memory. */
export class BufferSlot implements OtherSlot {
  readonly text: string = BUFFER_STEP;
}

/** Keys as one would write them behind a variable: `.user.emails[3]["home address"]`. */
export function formatPath(keys: readonly SlotKey[]): string {
  return keys.map((key) => formatKey(key)).join('');
}

export function formatKey(key: SlotKey): string {
  return typeof key === 'object' ? key.text : formatPropertyStep(key);
}

/** The path of a slot, such as `state.list[3]`, or of the node itself. */
export function formatSlot(node: TrackedNode, key: SlotKey | undefined): string {
  const path = findPath(node);
  return key === undefined ? path : path + formatKeyOf(node, key);
}

function formatKeyOf(node: TrackedNode, key: SlotKey): string {
  const isIndex = typeof key !== 'object' && node.kind === NodeKind.array && /^\d+$/.test(String(key));
  return isIndex ? `[${String(key)}]` : formatKey(key);
}

/** Nodes do not know their parents: searches from the root. Only errors ask. */
function findPath(wanted: TrackedNode): string {
  const { root } = wanted.graph;
  if (wanted === root) return 'state';
  if (wanted.id === 0 || root === undefined) return '(detached value)';
  const holders = new Map<TrackedNode, TrackedNode | undefined>([[root, undefined]]);
  // The map grows while it is walked: breadth first.
  for (const node of holders.keys()) {
    node.forEachValue((value) => {
      const child = isObject(value) ? nodeOf(value) : undefined;
      if (child !== undefined && !holders.has(child)) holders.set(child, node);
    });
    if (holders.has(wanted)) break;
  }
  let path = '';
  let node = wanted;
  for (let holder = holders.get(node); holder !== undefined; holder = holders.get(node)) {
    path = (holder.describeSlotOf(node.proxy) ?? UNKNOWN_STEP) + path;
    node = holder;
  }
  return node === root ? `state${path}` : '(detached value)';
}
