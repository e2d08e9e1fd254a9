/** One value of a state, named by a path such as `users.3.name`; a key of a Map is a step like a property. */
export function readPath(state: object, path: string): unknown {
  let value: unknown = state;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (value instanceof Map && value.has(step)) value = value.get(step);
    else if (value instanceof Map || value instanceof Set) value = step === 'size' ? value.size : undefined;
    // Own properties alone, so that no path leads to what was not meant.
    else value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return value;
}
