/**
 * A plain state as superjson text (https://github.com/flightcontrolhq/superjson, meta version 1), piece by
 * piece, so that it never stands in memory twice; any `superjson.parse` reads it back.
 *
 * superjson's own `stringify` recurses, which a deeply nested state overflows, and writes a shared object
 * out at every place that holds it.
 */
import types from 'node:util/types';
import { classNameOf, findCustom, type RegisteredCustom } from '../classes/registry.ts';
import { CustomShell } from '../value/custom-shell.ts';
import { escapeKey, SUPERJSON_VIEWS } from '../value/superjson.ts';

/** An object that is being written: what it is made of, in the form that superjson has for its kind. */
interface Frame {
  /** Undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly values: readonly unknown[];
  /** Whose contents these are; undefined for an entry of a Map. */
  readonly node: object | undefined;
  /** What is annotated below it stands under the nearest that is annotated itself: superjson goes inside out. */
  readonly annotated: Annotated;
  index: number;
}

/** What superjson says of the value at a path. The root of all has no type unless it is of a kind. */
interface Annotated {
  readonly path: string;
  readonly type: Annotation | undefined;
  readonly children: Annotated[];
}

const NOTHING_SHARED: ReadonlySet<object> = new Set();

/** Pieces are handed out once they have this many characters. */
const PIECE_CHARS = 65_536;

/** What superjson says of a value that is not plain JSON. */
type Annotation = string | readonly [string, string];

export interface EncodeOptions {
  /**
   * The JSON alone, for whoever knows no superjson: a shared object is written out at each of its places, and where an
   * object holds itself stands `{ faultguard: 'Cycle' }`. That may be far longer than the state is large. Default: no.
   */
  readonly isPlain?: boolean;
}

/** `root`: with `isPlain`, any value that a state can hold. */
export function* encodeSuperjson(root: unknown, { isPlain = false }: EncodeOptions = {}): Generator<string> {
  const shared = isPlain || typeof root !== 'object' || root === null ? NOTHING_SHARED : findShared(root);
  const isOpen = new Set<object>();
  let top: Annotated = { path: '', type: undefined, children: [] };
  /** Where a shared object was written out, and the paths at which it stands again. */
  const places = new Map<object, { path: string; again: string[] }>();
  const frames: Frame[] = [];
  let piece = '';

  const path = (): string => frames.map((frame) => escapeKey(keyOf(frame, frame.index))).join('.');
  const annotate = (type: Annotation, json: string): string => {
    if (!isPlain) addAnnotation(type);
    return json;
  };
  const addAnnotation = (type: Annotation): Annotated => {
    const annotated: Annotated = { path: path(), type, children: [] };
    if (frames.length === 0) top = annotated;
    else frames.at(-1)?.annotated.children.push(annotated);
    return annotated;
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
    if (isPlain && isOpen.has(value)) return '{"faultguard":"Cycle"}';
    const { type, json, keys, values } = formOf(value);
    const annotated = type === undefined || isPlain ? (frames.at(-1)?.annotated ?? top) : addAnnotation(type);
    if (json !== undefined) return JSON.stringify(json);
    if (isPlain) isOpen.add(value);
    frames.push({ keys, values: values ?? [], node: value, annotated, index: -1 });
    return keys === undefined ? '[' : '{';
  };
  const encode = (value: unknown): string => {
    if (value instanceof Pair) {
      const { annotated } = frames.at(-1) as Frame;
      frames.push({ keys: undefined, values: value.values, node: undefined, annotated, index: -1 });
      return '[';
    }
    if (typeof value === 'object' && value !== null) return open(value);
    if (value === undefined) return annotate('undefined', 'null');
    if (typeof value === 'symbol') return JSON.stringify({ faultguard: 'Symbol', key: Symbol.keyFor(value) });
    if (typeof value === 'bigint') return annotate('bigint', `"${value}"`);
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return annotate('number', Object.is(value, -0) ? '"-0"' : `"${value}"`);
    }
    return JSON.stringify(value);
  };

  piece = isPlain ? encode(root) : `{"json":${encode(root)}`;
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    frame.index++;
    if (frame.index === frame.values.length) {
      piece += frame.keys === undefined ? ']' : '}';
      frames.pop();
      if (frame.node !== undefined) isOpen.delete(frame.node);
    } else {
      if (frame.index > 0) piece += ',';
      if (frame.keys !== undefined) piece += `${JSON.stringify(keyOf(frame, frame.index))}:`;
      piece += encode(frame.values[frame.index]);
    }
    if (piece.length >= PIECE_CHARS) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
  if (!isPlain) yield* encodeMeta(top, [...places.values()]);
}

/** An entry of a Map: an array that is no object of the state. */
class Pair {
  readonly values: readonly [unknown, unknown];

  constructor(key: unknown, value: unknown) {
    this.values = [key, value];
  }
}

interface Form {
  readonly type?: Annotation;
  /** What stands for all of it. */
  readonly json?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
}

/** What superjson has no kind for is an object that says in "faultguard" what it was. */
function formOf(value: object): Form {
  if (Array.isArray(value)) return withClass(value, { values: value as unknown[] });
  if (value instanceof Map) {
    const pairs: Pair[] = [];
    Map.prototype.forEach.call(value, (item, key) => pairs.push(new Pair(key, item)));
    return { type: 'map', values: pairs };
  }
  if (value instanceof Set) return { type: 'set', values: [...Set.prototype.values.call(value)] };
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return { json: { faultguard: 'Date', time: null } };
    return { type: 'Date', json: value.toISOString() };
  }
  if (value instanceof RegExp) return { type: 'regexp', json: String(value) };
  if (value instanceof URL) return { type: 'URL', json: value.href };
  if (value instanceof URLSearchParams)
    return { json: { faultguard: 'URLSearchParams', text: String(value) } };
  if (value instanceof Error) return formOfError(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return formOfBytes(value);
  if (types.isBoxedPrimitive(value))
    return { keys: ['faultguard', 'value'], values: ['Object', value.valueOf()] };
  if (value instanceof CustomShell) return formOfContent(value.name, value.content);
  return withClass(value, formOfObject(value));
}

function formOfObject(value: object): Form {
  const custom = Object.getPrototypeOf(value) === Object.prototype ? undefined : findRegisteredCustom(value);
  if (custom !== undefined) {
    return formOfContent(custom.name, custom.serialize(value));
  }
  const keys = Object.keys(value);
  return { keys, values: keys.map((key) => (value as Record<string, unknown>)[key]) };
}

/** superjson gives `deserialize` what stands there. */
function formOfContent(name: string, content: unknown): Form {
  const type: Annotation = ['custom', name];
  if (typeof content === 'object' && content !== null) return { ...formOf(content), type };
  return {
    type,
    json: typeof content === 'bigint' || typeof content === 'symbol' ? String(content) : (content ?? null),
  };
}

function withClass(value: object, form: Form): Form {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const name = prototype === null || form.type !== undefined ? undefined : classNameOf(prototype);
  return name === undefined ? form : { ...form, type: ['class', name] };
}

function findRegisteredCustom(value: object): RegisteredCustom | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || classNameOf(prototype) !== undefined) return undefined;
  try {
    return findCustom(value);
  } catch {
    return undefined;
  }
}

function formOfError(error: Error): Form {
  const own = Reflect.ownKeys(error).filter((key) => typeof key === 'string');
  const keys = ['name', ...own.filter((key) => key !== 'name')];
  return {
    type: 'Error',
    keys,
    values: keys.map((key) => (error as unknown as Record<string, unknown>)[key]),
  };
}

/** Of more elements, a list would be many times as large as the bytes. */
const LISTED_ELEMENTS_MAX = 100_000;

function formOfBytes(value: ArrayBuffer | ArrayBufferView): Form {
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  const kind = Buffer.isBuffer(value)
    ? 'Buffer'
    : Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (SUPERJSON_VIEWS.has(kind) && (value as Uint8Array).length <= LISTED_ELEMENTS_MAX) {
    return { type: ['typed-array', kind], values: [...(value as Uint8Array)] };
  }
  return { json: { faultguard: kind, base64: bytes.toString('base64') } };
}

function* encodeMeta(
  top: Annotated,
  places: readonly { path: string; again: string[] }[],
): Generator<string> {
  yield ',"meta":{"values":';
  yield* encodeAnnotations(top);
  const repeated = places.filter(({ again }) => again.length > 0);
  const root = repeated.find(({ path }) => path === '');
  const rest = Object.fromEntries(
    repeated.filter((place) => place !== root).map(({ path, again }) => [path, again]),
  );
  if (root !== undefined) yield `,"referentialEqualities":${JSON.stringify([root.again, rest])}`;
  else if (repeated.length > 0) yield `,"referentialEqualities":${JSON.stringify(rest)}`;
  yield ',"v":1}}';
}

/** `{ path: [type, { path below: … }] }`, written without recursion. */
function* encodeAnnotations(top: Annotated): Generator<string> {
  const begin = ({ type, children }: Annotated): string => {
    if (type === undefined) return '{';
    return children.length === 0 ? `[${JSON.stringify(type)}` : `[${JSON.stringify(type)},{`;
  };
  const end = ({ type, children }: Annotated): string => {
    if (type === undefined) return '}';
    return children.length === 0 ? ']' : '}]';
  };
  const stack = [{ annotated: top, next: 0 }];
  yield begin(top);
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const { annotated } = level;
    const child = annotated.children[level.next++];
    if (child === undefined) {
      stack.pop();
      yield end(annotated);
      continue;
    }
    // Paths are relative to the value that they stand under.
    const from = annotated.path === '' ? 0 : annotated.path.length + 1;
    yield `${level.next > 1 ? ',' : ''}${JSON.stringify(child.path.slice(from))}:${begin(child)}`;
    stack.push({ annotated: child, next: 0 });
  }
}

function keyOf(frame: Frame, index: number): string {
  return frame.keys === undefined ? String(index) : (frame.keys[index] as string);
}

/** The objects that more than one slot holds. */
function findShared(root: object): Set<object> {
  const seen = new Set<object>([root]);
  const shared = new Set<object>();
  const see = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (seen.has(value)) shared.add(value);
    else seen.add(value);
  };
  // The set grows while it is walked.
  for (const node of seen) {
    if (node instanceof Map) {
      Map.prototype.forEach.call(node, (value, key) => {
        see(key);
        see(value);
      });
    } else if (node instanceof Set) Set.prototype.forEach.call(node, see);
    else if (Array.isArray(node)) for (const value of node as unknown[]) see(value);
    else if (!ArrayBuffer.isView(node)) for (const key of Object.keys(node)) see(Reflect.get(node, key));
  }
  return shared;
}
