/** Paths for error messages: where in the state something stands. */
import { isObject, nodeOf, type TrackedNode } from './tracked-node.ts';

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Keys as one would write them behind a variable: `.user.emails[3]["home address"]`. */
export function formatPath(keys: readonly PropertyKey[]): string {
  return keys.map((key) => formatKey(key)).join('');
}

function formatKey(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  if (typeof key === 'number') return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The path of a slot, such as `state.list[3]`, or of the node itself. */
export function formatSlot(node: TrackedNode, key: PropertyKey | undefined): string {
  const path = findPath(node);
  return key === undefined ? path : path + formatKeyOf(node, key);
}

function formatKeyOf(node: TrackedNode, key: PropertyKey): string {
  return node.kind === 'array' && /^\d+$/.test(String(key)) ? `[${String(key)}]` : formatKey(key);
}

/** Nodes do not know their parents: searches from the root. Only errors ask. */
function findPath(wanted: TrackedNode): string {
  const { root } = wanted.graph;
  if (wanted === root) return 'state';
  if (wanted.id === 0 || root === undefined) return '(detached value)';
  const paths = new Map<TrackedNode, string>([[root, 'state']]);
  // The map grows while it is walked: breadth first.
  for (const [node, path] of paths) {
    for (const [key, value] of Object.entries(node.target)) {
      const child = isObject(value) ? nodeOf(value) : undefined;
      if (child === undefined || paths.has(child)) continue;
      const childPath = path + formatKeyOf(node, key);
      if (child === wanted) return childPath;
      paths.set(child, childPath);
    }
  }
  return '(detached value)';
}
