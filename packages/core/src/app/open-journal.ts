/** What an app tells its state into: journal, control page, memory of buffers. Mapped where that can be, else written. */
import { FaultguardError } from '../errors.ts';
import { Control } from '../journal/layout.ts';
import { bytesAt, readPosition } from '../journal/position.ts';
import { controlPath } from '../journal/segment-files.ts';
import { JournalWriter } from '../journal/writer.ts';
import type { BufferMemory } from '../memory/buffer-memory.ts';
import type { JournalProgress } from '../memory/held-places.ts';
import { openMappedMemory } from '../memory/mapped-segment.ts';
import type { ControlPage, SegmentMemory } from '../memory/segment.ts';
import { openWrittenMemory } from '../memory/written-segment.ts';
import { JOURNAL_BYTES_MAX_DEFAULT, JOURNAL_BYTES_MAX_LOWEST, type JournalOptions } from '../options.ts';
import { checkSessionDirectory, journalBytesLimit, readSession } from '../platform/session.ts';
import type { GuardianLink } from './guardian-link.ts';
import { openBuffers } from './open-buffers.ts';

/** One that is written, and one that the guardian reads meanwhile. */
const RESERVE_SEGMENTS = 2;
/** With an autosave the app may have to wait for a checkpoint of all its state. */
const AUTOSAVE_STALL_MS = 60_000;

export interface OpenJournalOptions {
  /** Of the session. */
  readonly directory: string;
  readonly journal: JournalOptions | undefined;
  readonly hasAutosave: boolean;
  readonly link: GuardianLink;
  /** Called while the app waits for its guardian. */
  readonly onWait: () => void;
  readonly onDegraded: (reason: string) => void;
}

export interface OpenedJournal {
  readonly control: ControlPage;
  readonly journal: JournalWriter;
  readonly buffers: BufferMemory;
}

/** Throws FaultguardError when there is no way to write one there. */
export function openJournal(options: OpenJournalOptions): OpenedJournal {
  const { directory, journal = {} } = options;
  checkSessionDirectory(directory);
  const kinds = journal.kind === undefined ? (['mapped', 'written'] as const) : [journal.kind];
  const failures: Error[] = [];
  for (const kind of kinds) {
    try {
      return openOfKind(kind, options);
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

function openOfKind(
  kind: SegmentMemory['kind'],
  { directory, journal: wanted, hasAutosave, link, onWait, onDegraded }: OpenJournalOptions,
): OpenedJournal {
  const memory = kind === 'mapped' ? openMappedMemory() : openWrittenMemory();
  const control = memory.openControl(controlPath(directory));
  const progress: JournalProgress = {
    appended: () => bytesAt(journal.position),
    saved: () => bytesAt(readPosition(control, Control.savedSequence, Control.savedOffset)),
  };
  const buffers = openBuffers(kind, directory, hasAutosave ? progress : undefined);
  const journal = new JournalWriter({
    ...readSession(directory, control),
    memory,
    control,
    sizeBytesMax: journalBytesLimit(
      directory,
      wanted?.sizeBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
      JOURNAL_BYTES_MAX_LOWEST,
    ),
    ring: () => link.ring(),
    ...(hasAutosave && {
      reserveSegments: RESERVE_SEGMENTS,
      recreatesDirectory: true,
      stallTimeoutMs: AUTOSAVE_STALL_MS,
    }),
    isGuardianAlive: () => {
      if (link.isAlive()) return true;
      link.noticeLoss();
      return false;
    },
    onWait,
    onDegraded,
  });
  return { control, journal, buffers };
}
