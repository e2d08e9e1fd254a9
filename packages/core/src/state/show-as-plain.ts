/**
 * From Node 26 on `util.inspect`, and `console.log` with it, shows `Proxy(…)` around every proxy. So that a guarded
 * value is shown as what it is, Object.prototype gets the method that Node asks for, where Node does that, and in the
 * app's process alone: not enumerable, and for everything that is not guarded it has no effect.
 */
import { INSPECT, loadInspect } from '../platform/builtin-modules.ts';
import { nodeOf } from './tracked-node.ts';

export function showGuardedAsPlain(): void {
  if (Number.parseInt(process.versions.node, 10) < FIRST_MAJOR) return;
  const inspect = loadInspect();
  if (inspect(new Proxy({}, {})) === '{}') return;
  if (Object.hasOwn(Object.prototype, INSPECT) || !Object.isExtensible(Object.prototype)) return;
  // oxlint-disable-next-line eslint/no-extend-native -- there is no other way, see above
  Object.defineProperty(Object.prototype, INSPECT, {
    value: makeShowAsPlain(inspect),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

/** Of Node: those before have never shown it. */
const FIRST_MAJOR = 26;

function makeShowAsPlain(inspect: unknown) {
  return function showAsPlain(this: object, _depth: number, _options: object, caller: unknown): unknown {
    // Others who ask (loupe, of chai) would go round in a circle with what Node takes for "as it is".
    if (caller !== inspect) return undefined;
    const node = typeof this === 'object' && this !== null ? nodeOf(this) : undefined;
    if (node === undefined || node.proxy === node.target) return this;
    node.settle();
    return node.target;
  };
}
