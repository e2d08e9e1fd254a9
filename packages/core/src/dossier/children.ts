/**
 * What an object of the mirror holds, each with the step that leads there. Runs no code of anybody's: a rescue may have put
 * getters and proxies into the state by the time somebody looks.
 */
import types from 'node:util/types';
import {
  BUFFER_STEP,
  formatEntryStep,
  formatPropertyStep,
  KEYS_STEP,
  VALUES_STEP,
} from '../value/path-step.ts';

export interface Step {
  /** As it is shown. */
  readonly text: string;
  /** As a redacted path names it. Undefined: it has no name, and any may be meant. */
  readonly name: string | undefined;
}

const typedArrayBuffer = getterOf(Object.getPrototypeOf(Uint8Array.prototype) as object, 'buffer');
const dataViewBuffer = getterOf(DataView.prototype, 'buffer');
const searchParamsOf = getterOf(URL.prototype, 'searchParams');

function getterOf(prototype: object, key: string): (node: object) => unknown {
  const get: unknown = Reflect.get(Object.getOwnPropertyDescriptor(prototype, key) ?? {}, 'get');
  return (node) => {
    try {
      return Reflect.apply(get as () => unknown, node, []);
    } catch {
      // It only pretends to be one.
      return undefined;
    }
  };
}

const mapForEach: unknown = Reflect.get(Map.prototype, 'forEach');
const setForEach: unknown = Reflect.get(Set.prototype, 'forEach');

function forEach(method: unknown, node: object, visit: (value: unknown, key: unknown) => void): void {
  Reflect.apply(method as () => void, node, [visit]);
}

/** `step` makes the step only for whom it matters to. */
export function forEachChild(node: object, visit: (child: object, step: () => Step) => void): void {
  if (types.isProxy(node)) return;
  const see = (value: unknown, step: () => Step): void => {
    if (typeof value === 'object' && value !== null) visit(value, step);
  };
  if (ArrayBuffer.isView(node)) {
    const buffer = types.isDataView(node) ? dataViewBuffer(node) : typedArrayBuffer(node);
    see(buffer, () => ({ text: BUFFER_STEP, name: 'buffer' }));
    return;
  }
  if (types.isMap(node)) {
    forEach(mapForEach, node, (value, key) => {
      see(key, () => ({ text: KEYS_STEP, name: undefined }));
      see(value, () => entryStep(key));
    });
  } else if (types.isSet(node)) {
    forEach(setForEach, node, (value) => see(value, () => MEMBER_STEP));
  } else if (node instanceof URL) {
    see(searchParamsOf(node), () => ({ text: '.searchParams', name: 'searchParams' }));
  }
  const isArray = Array.isArray(node);
  for (const key of Reflect.ownKeys(node)) {
    const value: unknown = Reflect.getOwnPropertyDescriptor(node, key)?.value;
    if (typeof value === 'object' && value !== null) visit(value, () => propertyStep(key, isArray));
  }
}

export const MEMBER_STEP: Step = { text: VALUES_STEP, name: undefined };

export function entryStep(key: unknown): Step {
  const isObject = typeof key === 'object' && key !== null;
  return { text: formatEntryStep(key), name: isObject ? undefined : nameOf(key) };
}

export function propertyStep(key: string | symbol, isArray: boolean): Step {
  const isIndex = isArray && typeof key === 'string' && /^\d+$/.test(key);
  return { text: isIndex ? `[${key}]` : formatPropertyStep(key), name: nameOf(key) };
}

function nameOf(key: unknown): string {
  return typeof key === 'symbol' ? (key.description ?? '') : String(key);
}
