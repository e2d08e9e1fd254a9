/** The app's side of `start`: opens the journal, makes the state, calls `launch`. */
import { Socket } from 'node:net';
import { controlPath } from '../journal/segment-files.ts';
import { FaultguardError, InvalidOptionError } from '../errors.ts';
import { provideGuardedValues } from '../guarded-values.ts';
import { JournalWriter } from '../journal/writer.ts';
import { openMappedMemory } from '../memory/mapped-segment.ts';
import { Control } from '../journal/layout.ts';
import type { BufferMemory } from '../memory/buffer-memory.ts';
import type { JournalProgress } from '../memory/held-places.ts';
import { MappedBuffers } from '../memory/mapped-buffers.ts';
import type { SegmentMemory } from '../memory/segment.ts';
import { WrittenBuffers } from '../memory/written-buffers.ts';
import { openWrittenMemory } from '../memory/written-segment.ts';
import {
  type AutosaveOptions,
  describe,
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_BYTES_MAX_LOWEST,
  type JournalOptions,
  type Launch,
  type LaunchContext,
  type StartOptions,
} from '../options.ts';
import { BELL_FD, ringBell } from '../platform/bell.ts';
import { requestReport } from '../platform/fatal-error-report.ts';
import { loadFunction } from '../platform/load-function.ts';
import { lockFile } from '../platform/file-lock.ts';
import { checkSessionDirectory, journalBytesLimit, readSession, removeSession } from '../platform/session.ts';
import { Graph } from '../state/graph.ts';
import { showGuardedAsPlain } from '../state/show-as-plain.ts';
import { takeSnapshot, watch } from '../state/snapshot.ts';
import { isObject, nodeOf, type TrackedNode } from '../state/tracked-node.ts';
import { runTransaction } from '../state/transaction.ts';
import { keepExitCode } from './keep-exit-code.ts';
import type { resumeAutosave } from '../autosave/resume-autosave.ts';
import { bytesAt, Saving } from './saving.ts';
import { reportExceptions } from './report-exceptions.ts';
import { watchTerminal } from './watch-terminal.ts';

/** One that is written, and one that the guardian reads meanwhile. */
const RESERVE_SEGMENTS = 2;
/** With an autosave the app may have to wait for a checkpoint of all its state. */
const AUTOSAVE_STALL_MS = 60_000;

/**
 * Never resolves and never rejects: what comes after `await start()`, or after its `catch`, is for the
 * guardian. What goes wrong here ends the app as any uncaught exception does.
 */
export function runApp(directory: string, options: StartOptions<object>): Promise<never> {
  launchApp(directory, options).catch((error: unknown) => {
    // Outside of every promise, so that nothing in the script can catch it.
    setImmediate(() => {
      throw error;
    });
  });
  return new Promise(() => {});
}

async function launchApp(directory: string, options: StartOptions<object>): Promise<void> {
  let isLaunched = false;
  keepExitCode(() => isLaunched);
  const { autosave } = options;
  const recovered = autosave?.existing === 'resume' ? await resumeState(autosave) : undefined;
  const { journal, memory, saving } = openJournal(directory, options.journal ?? {}, autosave !== undefined);
  watchTerminal((bits) => journal.writeControl(Control.terminalModes, bits));
  const graph = new Graph(journal, memory);
  reportExceptions(graph);
  requestReport(directory);
  const state = graph.setRoot(recovered === undefined ? firstState(options) : recovered.state);
  showGuardedAsPlain();
  provideGuardedValues({
    transaction: (value, run, refuse) =>
      // It is nearly always given the state itself.
      runTransaction(value === state ? graph : nodeOrElse(value, refuse).graph, run),
    snapshot: (value, refuse) => takeSnapshot(nodeOrElse(value, refuse)),
    subscribe: (value, listener, refuse) => watch(nodeOrElse(value, refuse), listener),
  });
  const launch = await loadFunction<Launch<object>>('launch', options.launch);
  isLaunched = true;
  // Not within this promise either: what launch throws at once is an exception, not a rejection.
  const context: LaunchContext = {
    args: options.args ?? [],
    attempt: 1,
    ...(recovered !== undefined && { recovered: recovered.from }),
    durable: () => saving.durable(),
    stats: () => saving.stats(),
  };
  setImmediate(() => void launch(state, context));
}

function firstState({ initial }: StartOptions<object>): object {
  if (initial === undefined) return {};
  const state: unknown = initial();
  if (isObject(state)) return state;
  throw new InvalidOptionError(
    'initial',
    `has to return an object, the state, and returned ${describe(state)}.`,
  );
}

/** Undefined when there is nothing to go on with. The guardian holds the autosave: nobody else changes it. */
async function resumeState(options: AutosaveOptions): ReturnType<typeof resumeAutosave> {
  const module = await import('../autosave/resume-autosave.ts');
  return await module.resumeAutosave(options);
}

function nodeOrElse(value: unknown, refuse: () => never): TrackedNode {
  return (isObject(value) ? nodeOf(value) : undefined) ?? refuse();
}

interface AppJournal {
  readonly journal: JournalWriter;
  readonly memory: BufferMemory;
  readonly saving: Saving;
}

/** Throws FaultguardError when there is no way to write a journal there. */
function openJournal(directory: string, options: JournalOptions, hasAutosave: boolean): AppJournal {
  checkSessionDirectory(directory);
  const kinds = options.kind === undefined ? (['mapped', 'written'] as const) : [options.kind];
  const failures: Error[] = [];
  for (const kind of kinds) {
    try {
      return openJournalOfKind(kind, directory, options, hasAutosave);
    } catch (error) {
      // Mapped: no prebuilt binary for this machine, or a runtime, policy or file system that forbids it.
      failures.push(error as Error);
    }
  }
  throw new FaultguardError(
    'ERR_FAULTGUARD_SESSION_UNUSABLE',
    `No journal can be written in ${directory}: ${failures.map(({ message }) => message).join('; ')}. ` +
      'The app has not been launched. Option "journal.directory" names another place.',
    { cause: failures.at(-1) },
  );
}

function openJournalOfKind(
  kind: SegmentMemory['kind'],
  directory: string,
  options: JournalOptions,
  hasAutosave: boolean,
): AppJournal {
  const memory = kind === 'mapped' ? openMappedMemory() : openWrittenMemory();
  const control = memory.openControl(controlPath(directory));
  const guardianPid = process.ppid;
  const progress: JournalProgress = {
    appended: () => bytesAt(journal.position.sequence, journal.position.offsetBytes),
    saved: () => bytesAt(control.read(Control.savedSequence), control.read(Control.savedOffset)),
  };
  const buffers = openBuffers(kind, directory, hasAutosave ? progress : undefined);
  const journal = new JournalWriter({
    ...readSession(directory, control),
    memory,
    control,
    sizeBytesMax: journalBytesLimit(
      directory,
      options.sizeBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
      JOURNAL_BYTES_MAX_LOWEST,
    ),
    ring: ringBell,
    ...(hasAutosave && {
      reserveSegments: RESERVE_SEGMENTS,
      recreatesDirectory: true,
      stallTimeoutMs: AUTOSAVE_STALL_MS,
    }),
    isGuardianAlive: () => process.ppid === guardianPid,
    onDegraded: (reason) => {
      buffers.stop();
      process.emitWarning(
        `faultguard: ${reason}. The app goes on without protection: what changes from now on is not rescued.`,
        { code: 'FAULTGUARD_DEGRADED' },
      );
    },
  });
  if (hasAutosave) lockForLife(controlPath(directory));
  const bell = openBell();
  const saving = new Saving(journal, control, bell, hasAutosave);
  bell.on('close', () => {
    saving.guardianDied();
    if (hasAutosave) {
      // The journal lies beside the autosave, and is there whatever becomes of this process.
      process.emitWarning(
        'faultguard: the guardian has died. The app goes on, and what changes is still journaled beside its ' +
          'autosave, as long as there is room for it; recover() reads it when the app has ended.',
        { code: 'FAULTGUARD_GUARDIAN_DIED' },
      );
      return;
    }
    journal.degrade('the guardian has died');
    process.once('exit', () => removeSession(directory));
  });
  return { journal, memory: buffers, saving };
}

/** Trouble with memory for buffers is said once: what is assigned is kept, what is written to elements later is not. */
function openBuffers(
  kind: SegmentMemory['kind'],
  directory: string,
  progress: JournalProgress | undefined,
): BufferMemory {
  const warned = new Set<string>();
  const warn = (code: string, message: string): void => {
    if (warned.has(code)) return;
    warned.add(code);
    process.emitWarning(`faultguard: ${message}`, { code });
  };
  const onNoRoom = (reason: string): void => {
    warn(
      'FAULTGUARD_BUFFER_UNMAPPED',
      `there is no memory for an ArrayBuffer (${reason}). It is kept as it was assigned: what is written to its ` +
        'elements from now on is not rescued.',
    );
  };
  const onNoUndo = (reason: string): void => {
    warn(
      'FAULTGUARD_ELEMENTS_NOT_UNDONE',
      `there is no room to keep the bytes of ArrayBuffers for a transaction (${reason}). Should the app die inside ` +
        'of one, a rescue sees what it has written to their elements.',
    );
  };
  if (kind === 'mapped') return new MappedBuffers(directory, onNoRoom, onNoUndo, progress);
  const onFirst = (): void => {
    warn(
      'FAULTGUARD_ELEMENTS_DELAYED',
      'the memory of ArrayBuffers cannot be mapped here. What is written to their elements is saved ten times a ' +
        'second and at an exit: a process that is killed loses up to a tenth of a second of it.',
    );
  };
  return new WrittenBuffers(directory, onFirst, onNoRoom, progress);
}

/** The app's end: what the guardian says is read from it, and it closes when the guardian dies. Keeps no process alive. */
function openBell(): Socket {
  const socket = new Socket({ fd: BELL_FD, readable: true, writable: false });
  socket.on('error', () => {});
  socket.resume();
  socket.unref();
  return socket;
}

/** So that everybody can tell that this app lives, also when its guardian is dead. */
function lockForLife(path: string): void {
  try {
    lockFile(path);
  } catch {
    // Then pid and start time have to tell.
  }
}
