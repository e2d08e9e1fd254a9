/**
 * A plain state as superjson text (https://github.com/flightcontrolhq/superjson, meta version 1), piece by
 * piece, so that it never stands in memory twice; any `superjson.parse` reads it back.
 *
 * superjson's own `stringify` recurses, which a deeply nested state overflows, and writes a shared object
 * out at every place that holds it.
 */

interface Frame {
  readonly value: object;
  /** Undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  index: number;
}

/** Pieces are handed out once they have this many characters. */
const PIECE_CHARS = 65_536;

export function* encodeSuperjson(root: object): Generator<string> {
  const shared = findShared(root);
  const annotations: [path: string, type: string][] = [];
  /** Where a shared object was written out, and the paths at which it stands again. */
  const places = new Map<object, { path: string; again: string[] }>();
  const frames: Frame[] = [];
  let piece = '';

  const path = (): string => frames.map((frame) => escapeKey(keyOf(frame, frame.index))).join('.');
  const annotate = (type: string, json: string): string => {
    annotations.push([path(), type]);
    return json;
  };
  const open = (value: object): string => {
    if (shared.has(value)) {
      const place = places.get(value);
      if (place !== undefined) {
        place.again.push(path());
        return 'null';
      }
      places.set(value, { path: path(), again: [] });
    }
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    frames.push({ value, keys, length: keys?.length ?? (value as unknown[]).length, index: -1 });
    return keys === undefined ? '[' : '{';
  };
  const encode = (value: unknown): string => {
    if (typeof value === 'object' && value !== null) return open(value);
    if (value === undefined) return annotate('undefined', 'null');
    if (typeof value === 'bigint') return annotate('bigint', `"${value}"`);
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return annotate('number', Object.is(value, -0) ? '"-0"' : `"${value}"`);
    }
    return JSON.stringify(value);
  };

  piece = `{"json":${open(root)}`;
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    frame.index++;
    if (frame.index === frame.length) {
      piece += frame.keys === undefined ? ']' : '}';
      frames.pop();
    } else {
      const key = keyOf(frame, frame.index);
      if (frame.index > 0) piece += ',';
      if (frame.keys !== undefined) piece += `${JSON.stringify(key)}:`;
      piece += encode((frame.value as Record<string, unknown>)[key]);
    }
    if (piece.length >= PIECE_CHARS) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
  yield* encodeMeta(annotations, [...places.values()]);
}

function* encodeMeta(
  annotations: readonly [path: string, type: string][],
  places: readonly { path: string; again: string[] }[],
): Generator<string> {
  yield ',"meta":{"values":{';
  for (const [index, [path, type]] of annotations.entries()) {
    yield `${index > 0 ? ',' : ''}${JSON.stringify(path)}:["${type}"]`;
  }
  yield '}';
  const repeated = places.filter(({ again }) => again.length > 0);
  const root = repeated.find(({ path }) => path === '');
  const rest = Object.fromEntries(
    repeated.filter((place) => place !== root).map(({ path, again }) => [path, again]),
  );
  if (root !== undefined) yield `,"referentialEqualities":${JSON.stringify([root.again, rest])}`;
  else if (repeated.length > 0) yield `,"referentialEqualities":${JSON.stringify(rest)}`;
  yield ',"v":1}}';
}

function keyOf(frame: Frame, index: number): string {
  return frame.keys === undefined ? String(index) : (frame.keys[index] as string);
}

/** superjson 2 writes a path as its keys joined by dots, with dots and backslashes in a key escaped. */
function escapeKey(key: string): string {
  return key.replaceAll('\\', String.raw`\\`).replaceAll('.', String.raw`\.`);
}

/** The objects that more than one slot holds. */
function findShared(root: object): Set<object> {
  const seen = new Set<object>([root]);
  const shared = new Set<object>();
  // The set grows while it is walked.
  for (const node of seen) {
    for (const value of Array.isArray(node) ? (node as unknown[]) : Object.values(node)) {
      if (typeof value !== 'object' || value === null) continue;
      if (seen.has(value)) shared.add(value);
      else seen.add(value);
    }
  }
  return shared;
}
