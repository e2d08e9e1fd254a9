/** What both writers of superjson's text (https://github.com/flightcontrolhq/superjson, version 2) know of it. */

/** The types of views that superjson has. */
export const SUPERJSON_VIEWS: ReadonlySet<string> = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
]);

/** A path is written as its keys joined by dots, with dots and backslashes in a key escaped. */
export function escapeKey(key: string): string {
  return /[.\\]/.test(key) ? key.replaceAll('\\', String.raw`\\`).replaceAll('.', String.raw`\.`) : key;
}
