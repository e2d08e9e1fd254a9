/**
 * One object of the state, whatever its kind, and how to get from what the user holds back to it.
 *
 * What the user holds is either a proxy whose handler is the node (objects, arrays, errors: everything of which
 * any property can be assigned), or the builtin itself, known by its node (Map, Set, Date…: see
 * guarded-builtins.ts). `nodeOf` asks a proxy through the one trap that has no effect, `getPrototypeOf`.
 *
 * Invariants:
 * 1. `target` holds primitives and guarded values of the same graph, nothing else.
 * 2. A node with an id is attached: reachable from the root when the id was given, and known to the guardian.
 * 3. `references` counts the slots of attached nodes that hold it; at zero the node is detached and freed.
 */
import type { NodeKind } from '../journal/layout.ts';
import type { Adoption } from './adoption.ts';
import type { Graph } from './graph.ts';
import { guardOf } from './guarded-builtins.ts';
import type { NodeSnapshot } from './snapshot.ts';

export type Target = Record<PropertyKey, unknown>;

export abstract class TrackedNode {
  /** The id in the journal, or 0 while detached. */
  id = 0;
  references = 0;
  /** The look for unreachable nodes that has last come by. */
  mark = 0;
  /** Set while a snapshot of it is up to date, or somebody wants to be told when it is not any more. */
  snapshot: NodeSnapshot | undefined = undefined;
  readonly graph: Graph;
  readonly target: Target;
  /** What the user holds, and what slots of the state hold. */
  readonly proxy: object;
  abstract readonly kind: NodeKind;

  constructor(graph: Graph, target: object, proxy?: object) {
    this.graph = graph;
    this.target = target as Target;
    this.proxy = proxy ?? new Proxy(target, this);
  }

  /** What its words are written from, given the value that it is a copy of: that value itself, or what it says. */
  sourceOf(value: object): object {
    return value;
  }

  /** Writes what names a new node behind its id, from `source`: `target`, or what is copied. Returns the tag. */
  abstract writeHead(adoption: Adoption, source: object): number;

  /** Writes its contents and, when they are copied, takes them into `target`. Throws a Refusal. */
  abstract writeBody(adoption: Adoption, source: object, isCopy: boolean): void;

  /** Calls `visit` with the value of each slot, in order. */
  abstract forEachValue(visit: (value: unknown) => void): void;

  /** Where a child stands, for error messages: `.name`, `[3]`, `.get("key")`. */
  abstract describeSlotOf(child: object): string | undefined;

  /** Has to be called by every mutation. */
  changed(): void {
    this.snapshot?.forget();
  }

  /** Before `target` is read by others: some nodes put off what is expensive. */
  settle(): void {}

  /** It is not part of the state any more. */
  detached(): void {}

  /** A trap of the proxy, and the answer to `nodeOf`. */
  getPrototypeOf(target: object): object | null {
    // oxlint-disable-next-line typescript/no-this-alias -- that is the answer to nodeOf
    if (probing) found = this;
    return Object.getPrototypeOf(target) as object | null;
  }
}

let probing = false;
let found: TrackedNode | undefined;
/** The prototype that the last `nodeOf` saw: whoever asked for the node needs it next. */
export let probedPrototype: object | null = null;

/** The node behind a guarded value, or undefined. Throws only if the value is a foreign proxy that throws. */
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
  if (node !== undefined) return node.proxy === value ? node : undefined;
  // What is plain is guarded by a proxy or not at all.
  if (probedPrototype === Object.prototype || probedPrototype === Array.prototype) return undefined;
  const guard = guardOf(value);
  // A builtin of a snapshot has a guard that is no node.
  return guard instanceof TrackedNode ? guard : undefined;
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
