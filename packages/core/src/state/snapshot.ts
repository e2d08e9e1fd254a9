/**
 * Immutable plain copies of nodes that share what has not changed, and telling who wants to know of changes.
 *
 * A node that has been copied has a `NodeSnapshot`. It is fresh until the node or anything under it changes; a
 * change makes those above it stale too, once: further writes see a stale one and go on. So writing costs a look
 * at one field as long as nobody has asked for a snapshot, and little more afterwards.
 *
 * A stale one knows whether its own node has changed, or which of its children have. So a list of a thousand objects, one
 * of which has changed, is not looked through: its copy is copied, with another child in the place of that one.
 *
 * Invariants:
 * 1. A fresh snapshot's copy says what the node says, all the way down; of buffers, when it was last taken.
 * 2. A copy is replaced by another only when something in it is different.
 * 3. Nothing here recurses over the state.
 * 4. As long as its own node has not changed, the children of a stale snapshot are those of its copy; each of them either has it
 *    among its holders, or is one of `staleChildren`, with the copy of it that this copy has. (One that has left may be there too.)
 */
import { NodeKind } from '../journal/layout.ts';
import type { BufferNode } from './buffer-nodes.ts';
import { canReplace, copyNode, makeShell, replaceChildren } from './copy-node.ts';
import { forEachChild } from './cycles.ts';
import type { Graph } from './graph.ts';
import { haveSameBytes, isSameCopy } from './same-copy.ts';
import { isObject, nodeOf, type TrackedNode } from './tracked-node.ts';

/** What a subscriber wants to be called. */
interface Subscription {
  readonly listener: () => void;
  /** The copy that it knows of. Others may take snapshots before it is told. */
  told: object | undefined;
}

export class NodeSnapshot {
  readonly node: TrackedNode;
  isFresh = false;
  /** Since the copy was made, the node itself has changed, and not only what is under it. */
  isChanged = true;
  copy: object | undefined;
  /** Children that have become stale since the copy was made, with their copies in it. */
  staleChildren: Map<NodeSnapshot, object | undefined> | undefined;
  /** Snapshots that have this one's copy in them. */
  readonly holders: Set<NodeSnapshot> = new Set();
  subscriptions: Set<Subscription> | undefined;

  constructor(node: TrackedNode) {
    this.node = node;
  }

  /** The node, or something under it, has changed, or is about to. */
  forget(): void {
    this.isChanged = true;
    if (!this.isFresh) return;
    this.isFresh = false;
    const stale: NodeSnapshot[] = [this];
    // The list grows while it is walked.
    for (const snapshot of stale) {
      if (snapshot.subscriptions !== undefined) notifyLater(snapshot);
      for (const holder of snapshot.holders) {
        (holder.staleChildren ??= new Map()).set(snapshot, snapshot.copy);
        if (!holder.isFresh) continue;
        holder.isFresh = false;
        stale.push(holder);
      }
      snapshot.holders.clear();
    }
  }

  /** A change was cut off midway: whether those above it know is not known. */
  distrust(): void {
    this.isFresh = false;
    this.isChanged = true;
    this.holders.clear();
    if (this.subscriptions !== undefined) notifyLater(this);
  }
}

/** Buffers of fresh snapshots: nobody sees their elements being written to. */
const watchedBuffers = new WeakMap<Graph, Set<BufferNode>>();

/** A deeply frozen plain copy. Takes time in proportion to what has changed since the last one. */
export function takeSnapshot(node: TrackedNode): object {
  lookAtBuffers(node.graph);
  const snapshot = snapshotFor(node);
  if (!snapshot.isFresh) refresh(node);
  return snapshot.copy as object;
}

/**
 * Calls `listener` once after each run of code in which the node or anything under it has changed. Returns a
 * function that ends it.
 */
export function watch(node: TrackedNode, listener: () => void): () => void {
  takeSnapshot(node);
  const snapshot = snapshotFor(node);
  const subscription: Subscription = { listener, told: snapshot.copy };
  (snapshot.subscriptions ??= new Set()).add(subscription);
  return () => {
    snapshot.subscriptions?.delete(subscription);
    if (snapshot.subscriptions?.size === 0) snapshot.subscriptions = undefined;
  };
}

let notified = new Set<NodeSnapshot>();

function notifyLater(snapshot: NodeSnapshot): void {
  if (notified.size === 0) queueMicrotask(notify);
  notified.add(snapshot);
}

function notify(): void {
  const snapshots = notified;
  notified = new Set();
  for (const snapshot of snapshots) {
    // To be told of the next change, it has to be fresh again.
    const copy = takeSnapshot(snapshot.node);
    for (const subscription of snapshot.subscriptions ?? []) {
      if (subscription.told === copy) continue;
      subscription.told = copy;
      call(subscription.listener);
    }
  }
}

/** One that throws does not keep the others from being called. */
function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function snapshotFor(node: TrackedNode): NodeSnapshot {
  return (node.snapshot ??= new NodeSnapshot(node));
}

function lookAtBuffers(graph: Graph): void {
  const watched = watchedBuffers.get(graph);
  for (const node of watched ?? []) {
    // One that has left the state is looked at no more: should a snapshot want it again, it is copied afresh.
    const hasLeft = node.id === 0;
    if (!hasLeft && haveSameBytes(node.buffer, node.snapshot?.copy as ArrayBuffer)) continue;
    node.snapshot?.forget();
    if (hasLeft) watched?.delete(node);
  }
}

interface Visit {
  readonly node: TrackedNode;
  readonly children: readonly TrackedNode[];
  next: number;
}

/** Copies everything stale under `root`, children first. */
function refresh(root: TrackedNode): void {
  const { order, backEdgeTargets } = sortStale(root);
  // A cycle leads back to what has not been copied yet: an empty copy stands for it.
  const shells = new Map<TrackedNode, object>();
  for (const node of backEdgeTargets) shells.set(node, makeShell(node));
  const valueFor = (value: unknown): unknown => {
    const child = isObject(value) ? nodeOf(value) : undefined;
    return child === undefined ? value : (shells.get(child) ?? child.snapshot?.copy);
  };
  for (const node of order) {
    const snapshot = snapshotFor(node);
    const shell = shells.get(node);
    const { copy: before, staleChildren } = snapshot;
    if (shell === undefined && before !== undefined && isPatched(snapshot)) {
      const replaced = new Map<unknown, unknown>();
      for (const [child, old] of staleChildren ?? []) {
        const copy = shells.get(child.node) ?? child.copy;
        if (copy !== old) replaced.set(old, copy);
      }
      if (replaced.size > 0) snapshot.copy = replaceChildren(before, replaced);
    } else {
      const copy = copyNode(node, valueFor, shell);
      const isSame = shell === undefined && before !== undefined && isSameCopy(node, before, copy);
      if (!isSame) snapshot.copy = copy;
    }
    snapshot.isFresh = true;
  }
  for (const node of order) {
    const snapshot = snapshotFor(node);
    if (isPatched(snapshot))
      for (const child of snapshot.staleChildren?.keys() ?? []) child.holders.add(snapshot);
    else forEachChild(node, (child) => snapshotFor(child).holders.add(snapshot));
    snapshot.isChanged = false;
    snapshot.staleChildren = undefined;
    if (node.kind === NodeKind.arrayBuffer || node.kind === NodeKind.resizableBuffer)
      watchBuffer(node as BufferNode);
  }
}

/** Is its copy to be the last one with other children? */
function isPatched(snapshot: NodeSnapshot): boolean {
  return !snapshot.isChanged && canReplace(snapshot.node);
}

function watchBuffer(node: BufferNode): void {
  let watched = watchedBuffers.get(node.graph);
  if (watched === undefined) watchedBuffers.set(node.graph, (watched = new Set()));
  watched.add(node);
}

/** Stale nodes that can be reached through stale ones, each behind its children, as far as cycles let it. */
function sortStale(root: TrackedNode): { order: TrackedNode[]; backEdgeTargets: Set<TrackedNode> } {
  const order: TrackedNode[] = [];
  const backEdgeTargets = new Set<TrackedNode>();
  const open = new Set<TrackedNode>();
  const done = new Set<TrackedNode>();
  const path: Visit[] = [];
  const enter = (node: TrackedNode): void => {
    open.add(node);
    path.push({ node, children: staleChildrenOf(node), next: 0 });
  };
  enter(root);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const child = visit.children[visit.next++];
    if (child === undefined) {
      path.pop();
      open.delete(visit.node);
      done.add(visit.node);
      order.push(visit.node);
    } else if (open.has(child)) backEdgeTargets.add(child);
    else if (!done.has(child)) enter(child);
  }
  return { order, backEdgeTargets };
}

function staleChildrenOf(node: TrackedNode): TrackedNode[] {
  const children: TrackedNode[] = [];
  const add = (child: TrackedNode): void => {
    if (child.snapshot?.isFresh !== true) children.push(child);
  };
  if (node.snapshot !== undefined && isPatched(node.snapshot)) {
    for (const child of node.snapshot.staleChildren?.keys() ?? []) add(child.node);
  } else forEachChild(node, add);
  return children;
}
