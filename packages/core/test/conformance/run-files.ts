/**
 * Runs tests of the suite, one after the other in this process, and says of each how it has ended, a line of JSON each:
 * `<suite> <plain | guarded>`, paths on standard input. A test may leave anything behind: who wants to be sure runs it alone.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createContext, runInContext, runInThisContext } from 'node:vm';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';
import { GUARD, guardValues } from './guard-values.ts';
import { openState } from './open-state.ts';
import { readHarness, readTest } from './suite.ts';

const [suite, mode] = process.argv.slice(2) as [string, 'plain' | 'guarded'];

export interface FileResult {
  readonly path: string;
  /**
   * `other`: nothing here to run, or to guard. `refused`: it makes what cannot be guarded, and is told. `differs`: it fails.
   * `untrue`: it passes, and the guardian has something else.
   */
  readonly is: 'passed' | 'other' | 'refused' | 'differs' | 'untrue';
  readonly reason?: string;
}

if (mode === 'guarded') guardBuiltins();
const builtins = saveBuiltins();
for (const path of readFileSync(0, 'utf8').split('\n')) {
  writeSync(1, `${JSON.stringify({ path, ...runFile(path) } satisfies FileResult)}\n`);
}
process.exit();

function runFile(path: string): Omit<FileResult, 'path'> {
  const test = readTest(suite, path);
  if (test.isOther) return { is: 'other' };
  const changed = parsed(test.text);
  if (changed === undefined || changed.count === 0) return { is: 'other' };
  const state = mode === 'guarded' ? openState() : undefined;
  try {
    Object.assign(globalThis, { [GUARD]: state?.guard ?? ((value: unknown) => value), $262: makeHost() });
    const failure = run(test.includes, `${test.isStrict ? "'use strict';" : ''}${changed.text}`);
    const hadElements = builtins.restore();
    if (failure === undefined) {
      if (state?.guarded === 0) return { is: 'other' };
      const reason = state?.findDifference();
      if (reason === undefined) return { is: 'passed' };
      // What a hole inherits is moved as an element. No guardian has such a prototype.
      return hadElements
        ? { is: 'differs', reason: `inherited elements: ${reason}` }
        : { is: 'untrue', reason };
    }
    return { is: /UnguardableValueError/.test(failure) ? 'refused' : 'differs', reason: failure };
  } finally {
    state?.close();
  }
}

/** Undefined for what is no script, or of a language that is newer than the parser. */
function parsed(text: string): ReturnType<typeof guardValues> | undefined {
  try {
    return guardValues(text);
  } catch {
    return undefined;
  }
}

/** What it has thrown. */
function run(includes: readonly string[], text: string): string | undefined {
  try {
    for (const name of includes) runInThisContext(readHarness(suite, name));
    // The end of each test in the copy of the suite that browsers have.
    Object.assign(globalThis, { reportCompare() {} });
    runInThisContext(text);
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name ?? (error as object).constructor.name}: ${message}`.slice(0, 300);
  }
}

/** What the suite asks of whoever runs it (INTERPRETING.md, "Host-Defined Functions"). */
function makeHost(): object {
  return {
    global: globalThis,
    gc() {},
    evalScript: (text: string) => runInThisContext(text) as unknown,
    detachArrayBuffer(buffer: ArrayBuffer) {
      structuredClone(buffer, { transfer: [buffer] });
    },
    createRealm() {
      const context = createContext({});
      return {
        global: runInContext('globalThis', context) as unknown,
        evalScript: (text: string) => runInContext(text, context) as unknown,
      };
    },
  };
}

type Descriptors = Record<string | symbol, PropertyDescriptor>;

/**
 * Tests leave behind what they have put onto the prototypes, or taken from the globals, which is no part of their question
 * to the state. `restore` says whether there were elements among it.
 */
function saveBuiltins(): { restore(): boolean } {
  const { ownKeys, defineProperty, deleteProperty, getPrototypeOf } = Reflect;
  const iterator = getPrototypeOf([].values()) as object;
  const typedArray = getPrototypeOf(Int8Array) as { prototype: object };
  const constructors = [
    Array,
    Object,
    Map,
    Set,
    Date,
    Function,
    RegExp,
    Error,
    ArrayBuffer,
    DataView,
    typedArray,
  ];
  const wrappers = [Number, String, Boolean, Symbol];
  const saved: { readonly builtin: object; readonly descriptors: Descriptors }[] = [
    ...[...constructors, ...wrappers].flatMap((builtin) => [builtin, builtin.prototype as object]),
    iterator,
    getPrototypeOf(iterator) as object,
    globalThis,
    JSON,
    Reflect,
  ].map((builtin) => ({ builtin, descriptors: Object.getOwnPropertyDescriptors(builtin) }));
  const { hasOwn } = Object;
  return {
    restore() {
      let hadElements = false;
      for (const { builtin, descriptors } of saved) {
        for (const key of ownKeys(builtin)) {
          if (hasOwn(descriptors, key)) continue;
          hadElements ||= typeof key === 'string' && /^\d+$/.test(key);
          deleteProperty(builtin, key);
        }
        for (const key of ownKeys(descriptors)) {
          defineProperty(builtin, key, descriptors[key] as PropertyDescriptor);
        }
      }
      return hadElements;
    },
  };
}
