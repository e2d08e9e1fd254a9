/** Steps of a path as one would write them behind a variable: `.user`, `[3]`, `["home address"]`, `.get("key")`. */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export const KEYS_STEP = '.keys()';
export const VALUES_STEP = '.values()';
export const CONTENT_STEP = ' (serialized)';
export const BUFFER_STEP = '.buffer';
/** Somewhere in it, nobody knows where. */
export const UNKNOWN_STEP = '.?';

/** A property or, given as a number, an element. */
export function formatPropertyStep(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  if (typeof key === 'number') return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The value of an entry of a Map. A key that is an object is not named. */
export function formatEntryStep(key: unknown): string {
  if ((typeof key === 'object' && key !== null) || typeof key === 'function') return '.get(…)';
  if (typeof key === 'string') return `.get(${JSON.stringify(key)})`;
  return `.get(${String(key)}${typeof key === 'bigint' ? 'n' : ''})`;
}
