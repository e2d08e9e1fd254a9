/** Paths for error messages: where in the state something stands. */
import { NodeKind } from '../journal/layout.ts';
import { isObject, nodeOf, type TrackedNode } from './tracked-node.ts';

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

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
    return `.get(${isObject(this.#key) ? '…' : formatMapKey(this.#key)})`;
  }
}

export class MapKeySlot implements OtherSlot {
  readonly text = '.keys()';
}

export class MemberSlot implements OtherSlot {
  readonly text = '.values()';
}

export class ContentSlot implements OtherSlot {
  readonly text = ' (serialized)';
}

/** A view's memory. */
export class BufferSlot implements OtherSlot {
  readonly text = '.buffer';
}

function formatMapKey(key: unknown): string {
  return typeof key === 'string'
    ? JSON.stringify(key)
    : `${String(key)}${typeof key === 'bigint' ? 'n' : ''}`;
}

/** Keys as one would write them behind a variable: `.user.emails[3]["home address"]`. */
export function formatPath(keys: readonly SlotKey[]): string {
  return keys.map((key) => formatKey(key)).join('');
}

export function formatKey(key: SlotKey): string {
  if (typeof key === 'object') return key.text;
  if (typeof key === 'symbol') return `[${String(key)}]`;
  if (typeof key === 'number') return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
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
    path = (holder.describeSlotOf(node.proxy) ?? '.?') + path;
    node = holder;
  }
  return node === root ? `state${path}` : '(detached value)';
}
