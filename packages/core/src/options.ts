/** The options of `start`: their types, their defaults, and the check that comes before anything else. */
import type { RecoverySource } from './autosave/recovery-source.ts';
import { parseRedactedPath } from './dossier/redaction.ts';
import type { Crash } from './rescue/crash.ts';
import { InvalidOptionError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** What `launch` is told beside the state. */
export interface LaunchContext {
  /** `options.args`, as evaluated in the app's process. */
  readonly args: readonly unknown[];
  /** 1 for the first start of the app, 2 for its first restart, and so on. */
  readonly attempt: number;
  /**
   * The state is that of an earlier launch: of one that has crashed (option `restart`), or of an autosave (option
   * `autosave.existing: 'resume'`). Absent for a first launch.
   */
  readonly recovered?: Recovered;
  /**
   * Resolves when everything that was appended before the call is on the disk, whatever becomes of the power. Calls
   * at the same time share one sync. Keeps the process alive until then.
   *
   * Rejects with FaultguardError `ERR_FAULTGUARD_NOT_SAVED` when that cannot be said: no autosave is configured, the
   * disk does not take it, or the guardian has died. The state and its journal are what they were.
   */
  durable(this: void): Promise<void>;
  /** How far the guardian and the disk have come. Costs a few system calls at most. */
  stats(this: void): Stats;
}

/** What a launch goes on from. */
export interface Recovered {
  /** How the app that had the state ended. Absent after a clean exit. */
  readonly crash?: Crash;
  readonly source: RecoverySource;
  /**
   * The state with which the app had crashed again at once, so that this launch goes on from an older one: the file in
   * which it is kept. Absent otherwise.
   */
  readonly poison?: string;
}

/**
 * Bytes of journal since the session began. Appended: survives the app and the guardian. Mirrored: the guardian has it.
 * Saved: survives a loss of power.
 */
export interface Stats {
  readonly appended: number;
  /** When the guardian last looked up from reading: it is ahead of this while it is busy. */
  readonly mirrored: number;
  /** 0 without an autosave. */
  readonly saved: number;
  /**
   * `'journal'`: what changes is not rescued any more. `'autosave'`: the disk does not take it; the last good
   * checkpoint stays, and the death of the app alone costs nothing. `false`: all is well.
   */
  readonly degraded: false | 'journal' | 'autosave';
  /** The process of the guardian; of the last one, as long as there is no other. */
  readonly guardianPid: number;
  /** How many guardians of this app have died that had the state. */
  readonly guardiansLost: number;
}

/** What `rescue` is told beside the state and the crash. */
export interface RescueContext {
  /** `options.args`, as evaluated in the guardian's process. */
  readonly args: readonly unknown[];
}

export type Launch<State extends object> = (state: State, context: LaunchContext) => unknown;
/**
 * With option `restart`, what is to become of the app. `'resume'` (and no answer): it is started again with the state as
 * it has left it. `'fresh'`: with a first state. `'stop'`: it is not started again. An object: it is started again with
 * that state, which may be the one that the rescue was given, repaired.
 */
export type Verdict<State extends object> = 'resume' | 'fresh' | 'stop' | State;
export type Rescue<State extends object> = (
  state: State,
  crash: Crash,
  context: RescueContext,
) => void | Verdict<NoInfer<State>> | PromiseLike<void | Verdict<NoInfer<State>>>;

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

export interface AutosaveOptions<State extends object = object> {
  /**
   * The file: LZMA (`.xz`) of superjson, readable by this user alone. Its directory has to exist. Further files are
   * made beside it, all with names that begin with its own; it says whether there is an autosave.
   */
  readonly path: string;
  /**
   * Milliseconds after which what has changed is on the disk at the latest, 10 to 2,147,483,647; default 3000: what a
   * loss of power may cost. The death of all processes costs nothing, whatever stands here.
   */
  readonly intervalMs?: number;
  /**
   * `'crash'` (default): the autosave is removed after a clean exit, and kept after a crash. `'always'`: kept after a
   * clean exit too.
   */
  readonly keep?: 'crash' | 'always';
  /**
   * What to do with an autosave that is there: `'error'` (default) refuses to start; `'resume'` goes on with the state
   * that it holds; `'discard'` removes it. That of a process that lives is refused in any case.
   */
  readonly existing?: 'error' | 'resume' | 'discard';
  /**
   * How hard to compress, 0 to 9; default 0: the fastest. More makes the file smaller where the text is varied (6: by
   * some 30 %), and takes up to 25 times as long.
   */
  readonly preset?: number;
  /**
   * The share of the guardian's time that checkpoints may take, 0.01 to 1; default 0.1. A large state is checkpointed
   * more rarely, and its journal carries the difference: nothing is lost, but `path` shows an older state.
   */
  readonly loadMax?: number;
  /** The shape of the state, a whole number that you raise when it changes; default 0. See `migrate`. */
  readonly version?: number;
  /**
   * Makes a state of today of one that was saved under a lower `version`; called in the app, before `launch`. Without
   * it such an autosave is refused; one of a higher version always is. Default: none.
   */
  readonly migrate?: (old: unknown, fromVersion: number) => State;
}

export interface DossierOptions {
  /** The last mutations before a death that `crash.mutations` tells, 0 (none) to 10,000; default 100. */
  readonly mutations?: number;
  /** Bytes that their text may have, 0 to 16,777,216; default 65,536. The oldest are left out first. */
  readonly mutationBytesMax?: number;
  /** The last lines of `process.stderr` that `crash.stderr` tells, 0 (none is kept) to 1000; default 50. */
  readonly stderrLines?: number;
}

export interface RestartOptions {
  /** Restarts within `withinMs` after which the app is given up, 1 to 1,000,000; default 5. */
  readonly max?: number;
  /** Milliseconds, 1 to 2,147,483,647; default 60,000. */
  readonly withinMs?: number;
  /**
   * Milliseconds between two starts of the app at least, 1 to 2,147,483,647; default 100. It doubles with each restart
   * within `withinMs`, up to 30,000 (or this number, if that is more). An app that has lived longer is restarted at once.
   */
  readonly backoffMs?: number;
  /**
   * Milliseconds that the app has to live with a state until that counts as healthy, 1 to 2,147,483,647; default 10,000.
   * An app that dies earlier with a state that it has resumed is started again with an older one, that it has lived with.
   */
  readonly healthyMs?: number;
}

/** What `start` and `attach` have in common. */
export interface GuardOptions<State extends object> {
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
  /** The state on disk as well, for the case that the guardian dies too, or the power fails. Default: none. */
  readonly autosave?: AutosaveOptions<State>;
  /**
   * Milliseconds for which the app's event loop may stand still, 50 to 2,147,483,647. Then the app is ended (SIGTERM, and
   * SIGKILL 2 seconds later), and rescued. Default: no watchdog.
   */
  readonly hangTimeoutMs?: number;
  /** What is gathered for the dossier of a crash. */
  readonly dossier?: DossierOptions;
  /**
   * Paths whose values are not shown in dossiers, such as `user.password`, `sessions.*.token`, `cards[*].number`; `*` is
   * any one step. Default: none.
   */
  readonly redact?: readonly string[];
}

export interface AttachOptions<State extends object> extends GuardOptions<State> {
  /**
   * A module whose `rescue` (or default) export is called in the guardian when this process has died, as in `start`: the
   * guardian is a process of its own, and has no function of this one. Default: the state is written to a file.
   */
  readonly rescue?: URL;
  /** Handed to `rescue` in its context: whatever JSON can hold, 15 MiB of it at most. Default: none. */
  readonly args?: readonly unknown[];
}

export interface StartOptions<State extends object> extends GuardOptions<State> {
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
  /** Start the app again, with its state, when it has crashed. Default: no. Without an autosave, one is kept beside the journal. */
  readonly restart?: RestartOptions;
}

export const RESCUE_TIMEOUT_MS_DEFAULT = 30_000;
export const JOURNAL_BYTES_MAX_DEFAULT: number = 256 * 1024 * 1024;
/** Two segments: one that is written, one that is read. */
export const JOURNAL_BYTES_MAX_LOWEST: number = 2 * 1024 * 1024;
const JOURNAL_BYTES_MAX_HIGHEST = 64 * 1024 ** 3;
/** The longest time that a timer of Node can wait. */
const TIMEOUT_MS_HIGHEST = 2_147_483_647;

/** A guardian takes 16 MiB of JSON, in which the other options have their place too. */
const SENT_ARGS_BYTES_MAX: number = 15 * 1024 * 1024;

/** Garbage collections and synchronous work of ordinary apps take that long. */
const HANG_TIMEOUT_MS_LOWEST = 50;

export const AUTOSAVE_INTERVAL_MS_DEFAULT = 3000;
export const AUTOSAVE_PRESET_DEFAULT = 0;
export const AUTOSAVE_LOAD_MAX_DEFAULT = 0.1;

export const DOSSIER_MUTATIONS_DEFAULT = 100;
export const DOSSIER_MUTATION_BYTES_MAX_DEFAULT = 65_536;
export const DOSSIER_STDERR_LINES_DEFAULT = 50;

export const RESTART_MAX_DEFAULT = 5;
export const RESTART_WITHIN_MS_DEFAULT = 60_000;
export const RESTART_BACKOFF_MS_DEFAULT = 100;
export const RESTART_HEALTHY_MS_DEFAULT = 10_000;

const GUARD_NAMES = [
  'rescue',
  'initial',
  'args',
  'rescueTimeoutMs',
  'journal',
  'autosave',
  'hangTimeoutMs',
  'dossier',
  'redact',
];
const START_NAMES = new Set(['launch', ...GUARD_NAMES, 'restart']);
const ATTACH_NAMES = new Set(GUARD_NAMES);
const RESTART_NAMES = new Set(['max', 'withinMs', 'backoffMs', 'healthyMs']);
const DOSSIER_NAMES = new Set(['mutations', 'mutationBytesMax', 'stderrLines']);
const AUTOSAVE_NAMES = new Set([
  'path',
  'intervalMs',
  'keep',
  'existing',
  'preset',
  'loadMax',
  'version',
  'migrate',
]);
const JOURNAL_NAMES = new Set(['kind', 'sizeBytesMax', 'directory']);

/** Throws InvalidOptionError for the first option that means nothing. */
export function checkStartOptions(options: unknown): asserts options is StartOptions<object> {
  checkRecord('options', options, START_NAMES);
  const { launch, rescue, restart } = options;
  checkFunctionOrFileUrl('launch', launch);
  if (rescue !== undefined) checkFunctionOrFileUrl('rescue', rescue);
  checkGuardOptions(options);
  if (restart !== undefined) checkRestartOptions(restart);
}

/** As `checkStartOptions`. */
export function checkAttachOptions(options: unknown): asserts options is AttachOptions<object> {
  checkRecord('options', options, ATTACH_NAMES);
  const { rescue, args } = options;
  if (rescue !== undefined && !(rescue instanceof URL && rescue.protocol === 'file:')) {
    throw new InvalidOptionError(
      'rescue',
      `of attach() has to be the file: URL of a module, not ${describe(rescue)}: it is called in another process.`,
    );
  }
  checkGuardOptions(options);
  if (args !== undefined) checkSentArgs(args);
}

function checkSentArgs(args: unknown): void {
  let sizeBytes: number;
  try {
    sizeBytes = Buffer.byteLength(JSON.stringify(args));
  } catch (error) {
    throw new InvalidOptionError(
      'args',
      `of attach() goes to another process as JSON, which cannot hold it: ${(error as Error).message}.`,
    );
  }
  if (sizeBytes <= SENT_ARGS_BYTES_MAX) return;
  throw new InvalidOptionError(
    'args',
    `of attach() goes to another process as JSON, with ${SENT_ARGS_BYTES_MAX} bytes of that at most, not ${sizeBytes}. ` +
      'Put what is larger into a file, and hand on its path.',
  );
}

function checkGuardOptions(options: Record<string, unknown>): void {
  const { initial, args, rescueTimeoutMs, journal, autosave, hangTimeoutMs, dossier, redact } = options;
  if (initial !== undefined && typeof initial !== 'function') {
    throw new InvalidOptionError('initial', `has to be a function, not ${describe(initial)}.`);
  }
  if (args !== undefined && !Array.isArray(args)) {
    throw new InvalidOptionError('args', `has to be an array, not ${describe(args)}.`);
  }
  checkInteger('rescueTimeoutMs', rescueTimeoutMs, 1, TIMEOUT_MS_HIGHEST);
  checkInteger('hangTimeoutMs', hangTimeoutMs, HANG_TIMEOUT_MS_LOWEST, TIMEOUT_MS_HIGHEST);
  if (journal !== undefined) checkJournalOptions(journal);
  checkDossierSettings({ dossier, redact });
  if (autosave === undefined) return;
  checkAutosaveOptions(autosave);
  if (journal?.directory === undefined) return;
  throw new InvalidOptionError(
    'journal.directory',
    'cannot be given together with "autosave": its journal lies beside it.',
  );
}

function checkRestartOptions(restart: unknown): void {
  checkRecord('restart', restart, RESTART_NAMES);
  const { max, withinMs, backoffMs, healthyMs } = restart;
  checkInteger('restart.max', max, 1, 1_000_000);
  checkInteger('restart.withinMs', withinMs, 1, TIMEOUT_MS_HIGHEST);
  checkInteger('restart.backoffMs', backoffMs, 1, TIMEOUT_MS_HIGHEST);
  checkInteger('restart.healthyMs', healthyMs, 1, TIMEOUT_MS_HIGHEST);
}

function checkJournalOptions(journal: unknown): asserts journal is JournalOptions {
  checkRecord('journal', journal, JOURNAL_NAMES);
  const { kind, sizeBytesMax, directory } = journal;
  checkChoice('journal.kind', kind, ['mapped', 'written']);
  checkInteger('journal.sizeBytesMax', sizeBytesMax, JOURNAL_BYTES_MAX_LOWEST, JOURNAL_BYTES_MAX_HIGHEST);
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new InvalidOptionError('journal.directory', `has to be a path, not ${describe(directory)}.`);
  }
}

export function checkDossierSettings({
  dossier,
  redact,
}: {
  readonly dossier?: unknown;
  readonly redact?: unknown;
}): void {
  if (dossier !== undefined) checkDossierOptions(dossier);
  if (redact !== undefined) checkRedact(redact);
}

function checkDossierOptions(dossier: unknown): asserts dossier is DossierOptions {
  checkRecord('dossier', dossier, DOSSIER_NAMES);
  const { mutations, mutationBytesMax, stderrLines } = dossier;
  checkInteger('dossier.mutations', mutations, 0, 10_000);
  checkInteger('dossier.mutationBytesMax', mutationBytesMax, 0, 16 * 1024 * 1024);
  checkInteger('dossier.stderrLines', stderrLines, 0, 1000);
}

function checkRedact(redact: unknown): asserts redact is readonly string[] {
  if (!Array.isArray(redact)) {
    throw new InvalidOptionError('redact', `has to be an array of paths, not ${describe(redact)}.`);
  }
  for (const [index, pattern] of (redact as unknown[]).entries()) {
    const name = `redact[${index}]`;
    if (typeof pattern !== 'string') {
      throw new InvalidOptionError(name, `has to be a path, not ${describe(pattern)}.`);
    }
    parseRedactedPath(pattern, name);
  }
}

function checkAutosaveOptions(autosave: unknown): asserts autosave is AutosaveOptions {
  checkRecord('autosave', autosave, AUTOSAVE_NAMES);
  const { path, intervalMs, keep, existing, preset, loadMax, version, migrate } = autosave;
  if (typeof path !== 'string' || path === '') {
    throw new InvalidOptionError('autosave.path', `has to be the path of a file, not ${describe(path)}.`);
  }
  checkInteger('autosave.intervalMs', intervalMs, 10, TIMEOUT_MS_HIGHEST);
  checkChoice('autosave.keep', keep, ['crash', 'always']);
  checkChoice('autosave.existing', existing, ['error', 'resume', 'discard']);
  checkInteger('autosave.preset', preset, 0, 9);
  checkInteger('autosave.version', version, 0, Number.MAX_SAFE_INTEGER);
  if (loadMax !== undefined && !(typeof loadMax === 'number' && loadMax >= 0.01 && loadMax <= 1)) {
    throw new InvalidOptionError(
      'autosave.loadMax',
      `has to be a number from 0.01 to 1, not ${describe(loadMax)}.`,
    );
  }
  if (migrate !== undefined && typeof migrate !== 'function') {
    throw new InvalidOptionError('autosave.migrate', `has to be a function, not ${describe(migrate)}.`);
  }
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const listed = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new InvalidOptionError(name, `has to be ${listed}, not ${describe(value)}.`);
}

/** Of `recover` and `isActive`. */
export function checkAutosavePath(caller: string, path: unknown): void {
  if (typeof path === 'string' && path !== '') return;
  throw new InvalidOptionError(
    'path',
    `of ${caller}() has to be the path of an autosave, not ${describe(path)}.`,
  );
}

export function checkRecord(
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
  const nearest = nearestName(unknown, known);
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  throw new InvalidOptionError(full, `is not known here.${meant} Known are: ${[...known].join(', ')}.`);
}

function checkFunctionOrFileUrl(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  if (value instanceof URL && value.protocol === 'file:') return;
  throw new InvalidOptionError(
    name,
    `has to be a function or the file: URL of a module, not ${describe(value)}.`,
  );
}

export function checkInteger(name: string, value: unknown, lowest: number, highest: number): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest) return;
  throw new InvalidOptionError(
    name,
    `has to be a whole number from ${lowest} to ${highest}, not ${describe(value)}.`,
  );
}

/** Never the contents of a container: an option may hold secrets. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof URL) return `the URL ${value.href}`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
