/** A value is written to a place in a guarded object, in one mutation: all of it, or nothing. */
import { snapshot } from '@faultguard/core';
import { ABSENT, formatPath, nest, type Path, readStep, setOwn, type Step } from '../state/path.ts';
import { isObject } from './is-object.ts';
import { toAssignable } from './to-assignable.ts';

/**
 * Objects that are missing on the way are made.
 *
 * @throws TypeError when something stands on the way that holds nothing; UnguardableValueError. Nothing has changed.
 */
export function writeAt(root: object, path: Path, value: unknown): void {
  let parent = root;
  for (const [depth, step] of path.slice(0, -1).entries()) {
    const child = readStep(parent, step);
    if (isObject(child)) {
      parent = child;
      continue;
    }
    if (child !== ABSENT && child !== undefined && child !== null) refuse(path, depth + 1, child);
    setStep(parent, step, nest(path.slice(depth + 1), toAssignable(value)));
    return;
  }
  const last = path.at(-1) as Step;
  const present = readStep(parent, last);
  setStep(
    parent,
    last,
    isObject(value) && isObject(present)
      ? toAssignable(value, snapshot(present), present)
      : toAssignable(value),
  );
}

function setStep(parent: object, step: Step, value: unknown): void {
  if (!Object.hasOwn(parent, step) && parent instanceof Map) parent.set(step, value);
  else setOwn(parent, step, value);
}

function refuse(path: Path, depth: number, found: unknown): never {
  throw new TypeError(
    `Nothing can be set at ${formatPath(path)}: ${formatPath(path.slice(0, depth))} is a ${typeof found}. ` +
      'The state has not changed.',
  );
}
