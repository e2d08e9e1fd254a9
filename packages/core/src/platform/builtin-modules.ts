/**
 * Modules of Node's own that are needed late or not at all. Each takes a millisecond or more to be loaded (node:util three), which
 * would be `attach`'s.
 */
export function loadInspect(): typeof import('node:util').inspect {
  return process.getBuiltinModule('node:util').inspect;
}

/** `util.inspect.custom`: documented to be this. */
export const INSPECT: symbol = Symbol.for('nodejs.util.inspect.custom');
