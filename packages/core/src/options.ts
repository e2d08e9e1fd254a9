/** The options of `start`: their types, their defaults, and the check that comes before anything else. */
import type { Crash } from './rescue/crash.ts';
import { InvalidOptionError } from './errors.ts';

/** What `launch` is told beside the state. */
export interface LaunchContext {
  /** `options.args`, as evaluated in the app's process. */
  readonly args: readonly unknown[];
  /** 1 for the first start of the app under this guardian. */
  readonly attempt: number;
}

/** What `rescue` is told beside the state and the crash. */
export interface RescueContext {
  /** `options.args`, as evaluated in the guardian's process. */
  readonly args: readonly unknown[];
}

export type Launch<State extends object> = (state: State, context: LaunchContext) => unknown;
export type Rescue<State extends object> = (state: State, crash: Crash, context: RescueContext) => unknown;

export interface JournalOptions {
  /**
   * How records reach the files: `'mapped'` by stores into mapped memory, `'written'` by one system call
   * each (about 1 µs). The promise is the same. Default: mapped where this machine can, else written.
   */
  readonly kind?: 'mapped' | 'written';
  /**
   * Bytes of all journal files together, 2 MiB to 64 GiB; default 256 MiB, and never more than half of what
   * is free where they lie. When the guardian is that far behind, the app waits for it at its next mutation.
   */
  readonly sizeBytesMax?: number;
  /**
   * The existing directory in which the session's own directory is made. Default: `/dev/shm` where it has
   * at least 60 MiB free, else the system's temporary directory.
   */
  readonly directory?: string;
}

export interface StartOptions<State extends object> {
  /**
   * The app: called in a process of its own with the guarded state; or the URL of a module whose `launch`
   * (or default) export is. What it throws ends the app as it would without the guard.
   */
  readonly launch: Launch<State> | URL;
  /**
   * Called in the guardian when the app has died and had a state: with that state as plain values, and with
   * what is known of the crash. May be asynchronous. Or the URL of a module whose `rescue` (or default)
   * export it is. When it throws or takes too long, the state is written to a file and its path printed.
   */
  readonly rescue?: Rescue<State> | URL;
  /** The state of a first launch: a plain object or array. Called in the app. Default: an empty object. */
  readonly initial?: () => State;
  /** Handed to `launch` and `rescue` in their contexts. Default: none. */
  readonly args?: readonly unknown[];
  /**
   * Milliseconds that `rescue` may take before it counts as hung, 1 to 2,147,483,647; default 30,000. Then
   * it is ended (also in the middle of an endless loop) and the state is written to a file.
   */
  readonly rescueTimeoutMs?: number;
  readonly journal?: JournalOptions;
}

export const RESCUE_TIMEOUT_MS_DEFAULT = 30_000;
export const JOURNAL_BYTES_MAX_DEFAULT: number = 256 * 1024 * 1024;
/** Two segments: one that is written, one that is read. */
export const JOURNAL_BYTES_MAX_LOWEST: number = 2 * 1024 * 1024;
const JOURNAL_BYTES_MAX_HIGHEST = 64 * 1024 ** 3;
/** The longest time that a timer of Node can wait. */
const TIMEOUT_MS_HIGHEST = 2_147_483_647;

const NAMES = new Set(['launch', 'rescue', 'initial', 'args', 'rescueTimeoutMs', 'journal']);
const JOURNAL_NAMES = new Set(['kind', 'sizeBytesMax', 'directory']);

/** Throws InvalidOptionError for the first option that means nothing. */
export function checkStartOptions(options: unknown): asserts options is StartOptions<object> {
  checkRecord('options', options, NAMES);
  const { launch, rescue, initial, args, rescueTimeoutMs, journal } = options;
  checkFunctionOrFileUrl('launch', launch);
  if (rescue !== undefined) checkFunctionOrFileUrl('rescue', rescue);
  if (initial !== undefined && typeof initial !== 'function') {
    throw new InvalidOptionError('initial', `has to be a function, not ${describe(initial)}.`);
  }
  if (args !== undefined && !Array.isArray(args)) {
    throw new InvalidOptionError('args', `has to be an array, not ${describe(args)}.`);
  }
  checkInteger('rescueTimeoutMs', rescueTimeoutMs, 1, TIMEOUT_MS_HIGHEST);
  if (journal === undefined) return;
  checkRecord('journal', journal, JOURNAL_NAMES);
  const { kind, sizeBytesMax, directory } = journal;
  if (kind !== undefined && kind !== 'mapped' && kind !== 'written') {
    throw new InvalidOptionError('journal.kind', `has to be 'mapped' or 'written', not ${describe(kind)}.`);
  }
  checkInteger('journal.sizeBytesMax', sizeBytesMax, JOURNAL_BYTES_MAX_LOWEST, JOURNAL_BYTES_MAX_HIGHEST);
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new InvalidOptionError('journal.directory', `has to be a path, not ${describe(directory)}.`);
  }
}

function checkRecord(
  name: string,
  value: unknown,
  known: ReadonlySet<string>,
): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(name, `has to be an object, not ${describe(value)}.`);
  }
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown === undefined) return;
  const full = name === 'options' ? unknown : `${name}.${unknown}`;
  throw new InvalidOptionError(full, `is not known here. Known are: ${[...known].join(', ')}.`);
}

function checkFunctionOrFileUrl(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  if (value instanceof URL && value.protocol === 'file:') return;
  throw new InvalidOptionError(
    name,
    `has to be a function or the file: URL of a module, not ${describe(value)}.`,
  );
}

function checkInteger(name: string, value: unknown, lowest: number, highest: number): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest) return;
  throw new InvalidOptionError(
    name,
    `has to be a whole number from ${lowest} to ${highest}, not ${describe(value)}.`,
  );
}

/** Never the contents of a container: an option may hold secrets. */
function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof URL) return `the URL ${value.href}`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
