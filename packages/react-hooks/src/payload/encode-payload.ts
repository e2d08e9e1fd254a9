/**
 * From a plain value to a payload, on the server.
 *
 * Invariants:
 * 1. Kept or refused, never changed in silence: what the browser cannot be given is a TypeError that names its path.
 *    (Errors go without their stack: that is not for whoever reads the page.)
 * 2. An object is written where it stands first; everywhere else stands null, and where to find it.
 * 3. The text can stand in a script element, whatever strings are in it.
 */
import {
  type Annotation,
  type Annotations,
  type Equalities,
  type Kind,
  type Payload,
  type Place,
  placeBelow,
} from './payload.ts';
import { setOwn } from '../state/path.ts';

type Encoded = readonly [json: unknown, annotation?: Annotation];

const TYPED_ARRAYS = new Set(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map(({ prototype }) => prototype as object),
);

/** @throws TypeError */
export function encodePayload(root: unknown): Payload {
  const places = new Map<object, Place>();
  const repeated = new Map<Place, string[]>();

  const encode = (value: unknown, place: Place): Encoded => {
    switch (typeof value) {
      case 'undefined':
        return [null, ['undefined']];
      case 'bigint':
        return [value.toString(), ['bigint']];
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return [value];
        return [Object.is(value, -0) ? '-0' : String(value), ['number']];
      case 'string':
      case 'boolean':
        return [value];
      case 'object':
        return value === null ? [value] : encodeObject(value, place);
      default:
        return refuse(place, `a ${typeof value}`);
    }
  };

  const encodeObject = (value: object, place: Place): Encoded => {
    if (places.has(value)) {
      const first = places.get(value);
      const others = repeated.get(first);
      // The root cannot be found again at itself.
      if (others === undefined) repeated.set(first, [place as string]);
      else others.push(place as string);
      return [null];
    }
    places.set(value, place);
    const prototype: unknown = Object.getPrototypeOf(value);
    switch (prototype) {
      case Object.prototype:
      case null:
        return encodeProperties(value, {}, place);
      case Array.prototype:
        return encodeProperties(value, [], place);
      case Date.prototype: {
        const time = (value as Date).getTime();
        return [Number.isNaN(time) ? null : (value as Date).toISOString(), ['Date']];
      }
      case Map.prototype:
        return encodeChildren([...(value as Map<unknown, unknown>)], 'map', place, true);
      case Set.prototype:
        return encodeChildren([...(value as Set<unknown>)], 'set', place, false);
      case RegExp.prototype:
        return [(value as RegExp).toString(), ['regexp']];
      case URL.prototype:
        return [(value as URL).href, ['URL']];
    }
    if (TYPED_ARRAYS.has(prototype as object)) {
      const numbers = [...(value as Iterable<number | bigint>)];
      const json = numbers.map((item) =>
        Number.isFinite(item) && !Object.is(item, -0) ? item : textOf(item),
      );
      return [json, [['typed-array', value.constructor.name]]];
    }
    if (value instanceof Error) {
      const { name, message } = value;
      if (!Object.hasOwn(value, 'cause')) return [{ name, message }, ['Error']];
      const [cause, annotation] = encode(value.cause, placeBelow(place, 'cause'));
      return [{ name, message, cause }, annotated('Error', prefixed('cause', annotation))];
    }
    return refuse(place, 'an instance of a class, or of a kind that the page cannot be sent');
  };

  const encodeProperties = (value: object, json: object, place: Place): Encoded => {
    const annotations = makeAnnotations();
    const keys = Reflect.ownKeys(value);
    if (Array.isArray(value) && keys.length !== value.length + 1) {
      refuse(place, 'an array with holes or other properties');
    }
    for (const key of keys) {
      if (key === 'length' && Array.isArray(value)) continue;
      if (typeof key === 'symbol') return refuse(place, 'an object with a symbol for a key');
      const [child, annotation] = encode(Reflect.get(value, key), placeBelow(place, key));
      setOwn(json, key, child);
      Object.assign(annotations, prefixed(key, annotation));
    }
    return Object.keys(annotations).length === 0 ? [json] : [json, annotations];
  };

  /** Members of a Set, or key and value of each entry of a Map. */
  const encodeChildren = (children: unknown[], kind: Kind, place: Place, isPairs: boolean): Encoded => {
    const annotations = makeAnnotations();
    const encodeOne = (child: unknown, step: string): unknown => {
      const [json, annotation] = encode(child, place === undefined ? step : `${place}.${step}`);
      if (annotation !== undefined) Object.assign(annotations, prefixed(step, annotation, true));
      return json;
    };
    const json = children.map((child, index) =>
      isPairs
        ? (child as [unknown, unknown]).map((half, side) => encodeOne(half, `${index}.${side}`))
        : encodeOne(child, String(index)),
    );
    return [json, annotated(kind, annotations)];
  };

  const [json, values] = encode(root, undefined);
  const referentialEqualities = equalitiesOf(repeated);
  if (values === undefined && referentialEqualities === undefined) return { json };
  return {
    json,
    meta: {
      ...(values !== undefined && { values }),
      ...(referentialEqualities !== undefined && { referentialEqualities }),
      v: 1,
    },
  };
}

/** As JSON that is inert in a script element, and a JavaScript expression as well. */
export function toScriptText(payload: Payload): string {
  return JSON.stringify(payload).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Numbers that JSON does not know, and those that are too large for it. */
function textOf(item: number | bigint): string {
  return Object.is(item, -0) ? '-0' : String(item);
}

function annotated(kind: Kind, inner: Annotations): Annotation {
  return Object.keys(inner).length === 0 ? [kind] : [kind, inner];
}

/** Without a prototype: a key may be `__proto__`. */
function makeAnnotations(): Record<string, Annotation> {
  return Object.create(null) as Record<string, Annotation>;
}

/** What stands below a key, by paths that begin with it. */
function prefixed(key: string, annotation: Annotation | undefined, isPath = false): Annotations {
  if (annotation === undefined) return {};
  const prefix = isPath ? key : placeBelow(undefined, key);
  if (Array.isArray(annotation)) return { [prefix]: annotation };
  return Object.fromEntries(
    Object.entries(annotation).map(([path, below]) => [`${prefix}.${path}`, below as Annotation]),
  );
}

function equalitiesOf(repeated: ReadonlyMap<Place, readonly string[]>): Equalities | undefined {
  const others = Object.fromEntries([...repeated].filter(([first]) => first !== undefined));
  const hasOthers = Object.keys(others).length > 0;
  const ofRoot = repeated.get(undefined);
  if (ofRoot !== undefined) return hasOthers ? [ofRoot, others] : [ofRoot];
  return hasOthers ? others : undefined;
}

function refuse(place: Place, what: string): never {
  throw new TypeError(
    `Cannot dehydrate ${place === undefined ? 'the state' : `state.${place}`}: it is ${what}. ` +
      'Give the page a state without it: any guarded object can be dehydrated by itself.',
  );
}
