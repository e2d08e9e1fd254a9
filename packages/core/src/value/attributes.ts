/** What is switched off of properties, and how closed an object is: read off it, and applied to it. */
import { Attribute, Closed } from '../journal/layout.ts';

/** Nobody can change such a property any more. */
export const CONSTANT: number = Attribute.notWritable | Attribute.notConfigurable;

/** What is switched off of a data property when `wanted` has been applied to `current`. */
export function attributesOf(wanted: PropertyDescriptor, current?: PropertyDescriptor): number {
  return (
    ((wanted.writable ?? current?.writable) === true ? 0 : Attribute.notWritable) |
    ((wanted.enumerable ?? current?.enumerable) === true ? 0 : Attribute.notEnumerable) |
    ((wanted.configurable ?? current?.configurable) === true ? 0 : Attribute.notConfigurable)
  );
}

/** Of a data property of which that is switched off. */
export function descriptorOf(value: unknown, attributes: number): PropertyDescriptor {
  return {
    value,
    writable: (attributes & Attribute.notWritable) === 0,
    enumerable: (attributes & Attribute.notEnumerable) === 0,
    configurable: (attributes & Attribute.notConfigurable) === 0,
  };
}

export function closedLevelOf(source: object): number {
  if (Object.isExtensible(source)) return Closed.extensible;
  // V8 says of an empty array and of a view that they are more closed than they are.
  if (ArrayBuffer.isView(source)) return Closed.nonExtensible;
  const isLengthConstant = Object.getOwnPropertyDescriptor(source, 'length')?.writable === false;
  if (Array.isArray(source) && !isLengthConstant)
    return Object.isSealed(source) ? Closed.sealed : Closed.nonExtensible;
  if (Object.isFrozen(source)) return Closed.frozen;
  return Object.isSealed(source) ? Closed.sealed : Closed.nonExtensible;
}

/** What a level of closing does to a property in any case: it is not written with the property. */
export function attributesOfLevel(level: number): number {
  if (level === Closed.frozen) return CONSTANT;
  return level === Closed.sealed ? Attribute.notConfigurable : 0;
}

export function closeTo(target: object, level: number): void {
  if (level === Closed.extensible) return;
  // The elements of a view cannot be frozen.
  if (level === Closed.frozen && !ArrayBuffer.isView(target)) Object.freeze(target);
  else if (level === Closed.sealed) Object.seal(target);
  else Object.preventExtensions(target);
}
