/**
 * Nodes that only hold each other: counting references never frees them, so now and then they are looked for
 * from the root.
 */
import { isObject, nodeOf, type TrackedNode } from './tracked-node.ts';

/**
 * Fewer suspects than this are not worth a look. A suspect is a node that a slot has let go of and another
 * holds, if only for the moment in which it is moved (by `sort`, say). Where no node is shared or moved there
 * are none, and there is no look.
 */
export const SUSPECTS_MIN = 10_000;

let lastMark = 0;

/** Those of `attached` that cannot be reached from the root. Takes time in proportion to the whole state. */
export function findUnreachable(
  root: TrackedNode,
  attached: readonly (TrackedNode | undefined)[],
): TrackedNode[] {
  const mark = ++lastMark;
  root.mark = mark;
  const reached = [root];
  // The list grows while it is walked.
  for (const node of reached) {
    forEachChild(node, (child) => {
      if (child.mark === mark) return;
      child.mark = mark;
      reached.push(child);
    });
  }
  return attached.filter((node): node is TrackedNode => node !== undefined && node.mark !== mark);
}

export function forEachChild(node: TrackedNode, visit: (child: TrackedNode) => void): void {
  node.forEachValue((value) => {
    const child = isObject(value) ? nodeOf(value) : undefined;
    if (child !== undefined) visit(child);
  });
}
