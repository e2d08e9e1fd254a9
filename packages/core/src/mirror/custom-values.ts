/** Values of kinds that only the user's code can make (`registerCustom`): made when the app is dead. */
import types from 'node:util/types';
import { customNamed } from '../classes/registry.ts';
import { CustomShell } from '../value/custom-shell.ts';

/**
 * Puts custom values into the places of their shells, everywhere below `root`, and notes in `made` which stands in the place
 * of which shell. Returns what could not be made: a shell stays then, with name and content.
 */
export function makeCustomValues(root: object, made: Map<object, unknown>): string[] {
  const problems = new Set<string>();
  const seen = new Set<object>([root]);
  const see = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) seen.add(value);
  };
  // The set grows while it is walked. What a shell holds comes behind it.
  for (const node of seen) forEachValue(node, see);
  for (const node of [...seen].toReversed()) {
    replaceValues(node, made);
    if (node instanceof CustomShell) made.set(node, makeValue(node, problems));
  }
  // A cycle leads back to what was passed by.
  for (const node of seen) replaceValues(node, made);
  return [...problems];
}

/** Is one of its slots a shell? */
export function holdsShell(node: object): boolean {
  let holds = false;
  forEachValue(node, (value) => (holds ||= value instanceof CustomShell));
  return holds;
}

export function describeUnregistered(name: string): string {
  return (
    `"${name}" is not registered in this process, so its values are given as { name, content }. ` +
    'Call registerCustom before start().'
  );
}

function makeValue(shell: CustomShell, problems: Set<string>): unknown {
  const custom = customNamed(shell.name);
  if (custom === undefined) {
    problems.add(describeUnregistered(shell.name));
    return shell;
  }
  try {
    return custom.deserialize(shell.content);
  } catch (error) {
    problems.add(
      `The deserialize function of "${shell.name}" threw (${describeThrown(error)}), so its values are given as ` +
        '{ name, content }.',
    );
    return shell;
  }
}

/** Anything can be thrown, also what cannot be made a text. */
function describeThrown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'something that cannot be shown';
  }
}

function forEachValue(node: object, visit: (value: unknown) => void): void {
  if (types.isMap(node)) {
    Map.prototype.forEach.call(node, (value, key) => {
      visit(key);
      visit(value);
    });
  } else if (types.isSet(node)) Set.prototype.forEach.call(node, visit);
  if (ArrayBuffer.isView(node)) return;
  for (const key of Reflect.ownKeys(node)) visit(Reflect.get(node, key));
}

function replaceValues(node: object, made: ReadonlyMap<object, unknown>): void {
  const valueFor = (value: unknown): unknown =>
    value instanceof CustomShell && made.has(value) ? made.get(value) : value;
  if (types.isMap(node)) {
    const entries = [...Map.prototype.entries.call(node)] as [unknown, unknown][];
    if (entries.some(([key, value]) => valueFor(key) !== key || valueFor(value) !== value)) {
      Map.prototype.clear.call(node);
      for (const [key, value] of entries) Map.prototype.set.call(node, valueFor(key), valueFor(value));
    }
  } else if (types.isSet(node)) {
    const values = [...Set.prototype.values.call(node)] as unknown[];
    if (values.some((value) => valueFor(value) !== value)) {
      Set.prototype.clear.call(node);
      for (const value of values) Set.prototype.add.call(node, valueFor(value));
    }
  }
  if (ArrayBuffer.isView(node)) return;
  for (const key of Reflect.ownKeys(node)) {
    const value: unknown = Reflect.get(node, key);
    const next = valueFor(value);
    if (next !== value) replaceProperty(node, key, next);
  }
}

function replaceProperty(node: object, key: string | symbol, value: unknown): void {
  Reflect.defineProperty(node, key, { value });
}
