/**
 * Gives an object a property of its own, also where `target[key] = value` would call a setter or meet a
 * read-only property that the object inherits (`__proto__`, or `toString` once Object.prototype is frozen).
 */
export function setOwnProperty(target: object, key: string, value: unknown): void {
  if (key in Object.prototype && !Object.hasOwn(target, key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else (target as Record<string, unknown>)[key] = value;
}
