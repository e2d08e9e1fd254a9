/** The app's side of `start`: opens the journal, makes the state, calls `launch`. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { controlPath } from '../journal/segment-files.ts';
import { FaultguardError } from '../errors.ts';
import { JournalWriter } from '../journal/writer.ts';
import { openMappedMemory } from '../memory/mapped-segment.ts';
import type { SegmentMemory } from '../memory/segment.ts';
import { openWrittenMemory } from '../memory/written-segment.ts';
import {
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_BYTES_MAX_LOWEST,
  type JournalOptions,
  type Launch,
  type StartOptions,
} from '../options.ts';
import { BELL_FD } from '../platform/bell.ts';
import { loadFunction } from '../platform/load-function.ts';
import { checkSessionDirectory, journalBytesLimit, readSession, removeSession } from '../platform/session.ts';
import { Graph } from '../state/graph.ts';
import { keepExitCode } from './keep-exit-code.ts';
import { reportExceptions } from './report-exceptions.ts';
import { requestReport } from './request-report.ts';

const RING = new Uint8Array(1);

/** Never resolves: what comes after `await start()` is for the guardian. Throws when the session is unusable. */
export async function runApp(directory: string, options: StartOptions<object>): Promise<never> {
  const journal = openJournal(directory, options.journal ?? {});
  const graph = new Graph(journal);
  let isLaunched = false;
  keepExitCode(() => isLaunched);
  reportExceptions(graph);
  requestReport(directory);
  const state = graph.setRoot(options.initial === undefined ? {} : options.initial());
  const launch = await loadFunction<Launch<object>>('launch', options.launch);
  isLaunched = true;
  // Outside of the script's own promise: what launch throws is an uncaught exception of the app.
  setImmediate(() => void launch(state, { args: options.args ?? [], attempt: 1 }));
  return await new Promise<never>(() => {});
}

/** Throws FaultguardError when there is no way to write a journal there. */
function openJournal(directory: string, options: JournalOptions): JournalWriter {
  checkSessionDirectory(directory);
  const kinds = options.kind === undefined ? (['mapped', 'written'] as const) : [options.kind];
  const failures: Error[] = [];
  for (const kind of kinds) {
    try {
      return openJournalOfKind(kind, directory, options);
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
): JournalWriter {
  const memory = kind === 'mapped' ? openMappedMemory() : openWrittenMemory();
  const control = memory.openControl(controlPath(directory));
  const guardianPid = process.ppid;
  const journal = new JournalWriter({
    ...readSession(directory, control),
    memory,
    control,
    sizeBytesMax: journalBytesLimit(
      directory,
      options.sizeBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
      JOURNAL_BYTES_MAX_LOWEST,
    ),
    ring,
    isGuardianAlive: () => process.ppid === guardianPid,
    onDegraded: (reason) => {
      process.emitWarning(
        `faultguard: ${reason}. The app goes on without protection: what changes from now on is not rescued.`,
        { code: 'FAULTGUARD_DEGRADED' },
      );
    },
  });
  watchGuardian(() => {
    journal.degrade('the guardian has died');
    process.once('exit', () => removeSession(directory));
  });
  return journal;
}

function ring(): void {
  try {
    writeSync(BELL_FD, RING);
  } catch {
    // A full pipe rings anyway; a broken one is noticed by watchGuardian.
  }
}

/** The guardian writes nothing: the pipe ends when the guardian does. Keeps no process alive. */
function watchGuardian(onDeath: () => void): void {
  const socket = new Socket({ fd: BELL_FD, readable: true, writable: false });
  socket.on('error', () => {});
  socket.on('close', onDeath);
  socket.resume();
  socket.unref();
}
