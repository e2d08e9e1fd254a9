/**
 * Guarded values are shown by `util.inspect`, and `console.log` with it, as what they are: without `Proxy(…)`, which Node shows
 * around every proxy from 26 on, and with the values of a builtin's own properties, where there are accessors.
 *
 * In the app's process alone, prototypes get the method that Node asks for: not enumerable, and without an effect for
 * everything that is not guarded.
 */
import { INSPECT, loadInspect } from '../platform/builtin-modules.ts';
import { BuiltinNode } from './builtin-node.ts';
import { takeSnapshot } from './snapshot.ts';
import { nodeOf, type TrackedNode } from './tracked-node.ts';

/** Of the builtins that may be given properties. URL and URLSearchParams have a method of their own, which shows none. */
const BUILTINS: readonly object[] = [Map, Set, Date, RegExp, Number, String, Boolean, BigInt, Symbol].map(
  ({ prototype }) => prototype,
);

export function showGuardedAsPlain(): void {
  for (const prototype of showsProxies() ? [Object.prototype] : BUILTINS) {
    if (Object.hasOwn(prototype, INSPECT) || !Object.isExtensible(prototype)) continue;
    Object.defineProperty(prototype, INSPECT, {
      value: showAsPlain,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** Of Node: those before have never shown them. */
const FIRST_MAJOR = 26;

function showsProxies(): boolean {
  return (
    Number.parseInt(process.versions.node, 10) >= FIRST_MAJOR && loadInspect()(new Proxy({}, {})) !== '{}'
  );
}

/** What Node shows instead of `this`. */
function showAsPlain(this: unknown, _depth: number, _options: object, caller: unknown): unknown {
  // Others who ask (loupe, of chai) would go round in a circle with what Node takes for "as it is".
  if (caller !== loadInspect()) return undefined;
  const node = typeof this === 'object' && this !== null ? nodeOf(this) : undefined;
  return node === undefined ? this : plainOf(node);
}

function plainOf(node: TrackedNode): object {
  if (node.proxy !== node.target) {
    node.settle();
    return node.target;
  }
  if (!(node instanceof BuiltinNode && node.hasFields)) return node.target;
  try {
    return takeSnapshot(node);
  } catch {
    // Code of the user's that makes a custom value of what it was serialized to.
    return node.target;
  }
}
