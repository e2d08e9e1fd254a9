/**
 * One object or array of the state, and how to get from its proxy back to it.
 *
 * A node is the handler of its own proxy: the traps find everything they need in `this`, and there is no
 * table beside the proxies. `nodeOf` asks through the one trap that has no effect: `getPrototypeOf`.
 *
 * Invariants:
 * 1. `target` holds primitives and proxies of nodes of the same graph, nothing else.
 * 2. A node with an id is attached: reachable from the root when the id was given, and known to the guardian.
 * 3. `references` counts the slots of attached nodes that hold it; at zero the node is detached and freed.
 */
import type { Graph } from './graph.ts';

export type Target = Record<PropertyKey, unknown>;

export abstract class TrackedNode {
  /** The id in the journal, or 0 while detached. */
  id = 0;
  references = 0;
  /** The look for unreachable nodes that has last come by. */
  mark = 0;
  readonly graph: Graph;
  readonly target: Target;
  readonly proxy: object;
  abstract readonly kind: 'object' | 'array';

  constructor(graph: Graph, target: object) {
    this.graph = graph;
    this.target = target as Target;
    this.proxy = new Proxy(target, this);
  }

  /** A trap of the proxy, and the answer to `nodeOf`. */
  getPrototypeOf(target: object): object | null {
    // oxlint-disable-next-line typescript/no-this-alias -- that is the answer to nodeOf
    if (probing) found = this;
    return Object.getPrototypeOf(target) as object | null;
  }

  setPrototypeOf(target: object, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true;
    throw this.graph.refusal(this, undefined, 'the prototype of a guarded value cannot be changed.');
  }

  preventExtensions(): boolean {
    throw this.graph.refusal(
      this,
      undefined,
      'a guarded value cannot be frozen, sealed or made non-extensible.',
    );
  }
}

let probing = false;
let found: TrackedNode | undefined;
/** The prototype that the last `nodeOf` saw: whoever asked for the node needs it next. */
export let probedPrototype: object | null = null;

/** The node behind a proxy of ours, or undefined. Throws only if the value is a foreign proxy that throws. */
export function nodeOf(value: object): TrackedNode | undefined {
  found = undefined;
  probing = true;
  try {
    probedPrototype = Object.getPrototypeOf(value) as object | null;
  } finally {
    probing = false;
  }
  // A foreign proxy may have asked one of ours on the way.
  const node = found as TrackedNode | undefined;
  return node !== undefined && node.proxy === value ? node : undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What can go into a record in place: every value that is not an object, a function or a symbol. */
export function isPrimitive(value: unknown): value is undefined | null | boolean | number | string | bigint {
  return typeof value !== 'object'
    ? typeof value !== 'function' && typeof value !== 'symbol'
    : value === null;
}

/** `{ value }` is all that a guarded property can be: plain data, with nothing switched off. */
export function isPlainDescriptor(
  wanted: PropertyDescriptor,
  current: PropertyDescriptor | undefined,
): boolean {
  if ('get' in wanted || 'set' in wanted) return false;
  const byDefault = current !== undefined;
  return (
    (wanted.writable ?? byDefault) && (wanted.enumerable ?? byDefault) && (wanted.configurable ?? byDefault)
  );
}
