/**
 * The state of this process under guard: its journal, its graph, and the guardian at the other end.
 *
 * Invariants:
 * 1. A guardian that does not know the state is told all of it, between two mutations.
 * 2. Trouble is said once, until it is over; no assignment throws because of it.
 */
import { tell } from '../events.ts';
import { provideGuardedValues } from '../guarded-values.ts';
import { Control } from '../journal/layout.ts';
import { writePosition } from '../journal/position.ts';
import { controlPath } from '../journal/segment-files.ts';
import type { JournalWriter } from '../journal/writer.ts';
import type { BufferMemory } from '../memory/buffer-memory.ts';
import type { JournalOptions, Stats } from '../options.ts';
import type { GuardianMessage } from '../platform/messages.ts';
import { requestReport } from '../platform/fatal-error-report.ts';
import { lockFile } from '../platform/file-lock.ts';
import { removeSession } from '../platform/session.ts';
import { Graph } from '../state/graph.ts';
import { showGuardedAsPlain } from '../state/show-as-plain.ts';
import { takeSnapshot, watch } from '../state/snapshot.ts';
import { isObject, nodeOf, type TrackedNode } from '../state/tracked-node.ts';
import { runTransaction } from '../state/transaction.ts';
import type { GuardianLink } from './guardian-link.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import { openJournal } from './open-journal.ts';
import { reportExceptions } from './report-exceptions.ts';
import { Saving } from './saving.ts';
import { SessionFiles } from './session-files.ts';
import { watchExit } from './watch-exit.ts';

export interface GuardedStateOptions {
  /** Of the session. */
  readonly directory: string;
  readonly journal: JournalOptions | undefined;
  readonly hasAutosave: boolean;
  /** The guardian keeps it for a restart alone: what is in it does not survive the power. */
  readonly isAutosaveOwn: boolean;
  readonly hangTimeoutMs: number | undefined;
  /** The process is not ours to end. */
  readonly isAttached: boolean;
  readonly link: GuardianLink;
}

export interface FirstState {
  readonly state: object;
  /** Nobody else holds this part of it, so it needs no copy. Absent: all of it is copied. */
  readonly isOwn?: ((part: object) => boolean) | undefined;
}

export class GuardedState {
  readonly #options: GuardedStateOptions;
  readonly #journal: JournalWriter;
  readonly #buffers: BufferMemory;
  readonly #graph: Graph;
  readonly #saving: Saving;
  /** With an autosave. */
  readonly #files: SessionFiles | undefined;
  #unlock: (() => void) | undefined;
  #stopWatchingExit: (() => void) | undefined;
  #stopReporting: (() => void) | undefined;
  #heartbeat: Heartbeat | undefined;
  /** The reason has been said, and it is not over. */
  #isTroubleSaid = false;
  #isClosed = false;
  /** What was said to the guardian by then is what counts. */
  #isExitNoted = false;

  /** Opens the journal. Throws FaultguardError when there is no way to write one there. */
  constructor(options: GuardedStateOptions) {
    const { directory, hasAutosave, link } = options;
    this.#options = options;
    const { control, journal, buffers } = openJournal({
      directory,
      journal: options.journal,
      hasAutosave,
      link,
      onWait: () => this.#heartbeat?.beat(),
      onDegraded: (reason) => this.#degrade(reason),
    });
    this.#journal = journal;
    this.#buffers = buffers;
    control.write(Control.appPid, process.pid);
    if (hasAutosave) {
      this.#unlock = lockForLife(controlPath(directory));
      this.#files = new SessionFiles(directory, control);
    }
    this.#saving = new Saving(journal, control, link, hasAutosave, hasAutosave && !options.isAutosaveOwn);
    this.#graph = new Graph(journal, buffers);
    // It may die before there is a state.
    link.listen({
      onMessage: (message) => this.#hear(message),
      onLost: () => this.#loseGuardian(),
      onBeforeStart: () => this.#renewSession(),
    });
  }

  /** Takes the first state in, and returns what the user holds of it. Throws UnguardableValueError. */
  begin({ state: first, isOwn }: FirstState): object {
    const { directory, hangTimeoutMs } = this.#options;
    this.#stopWatchingExit = this.#watchExit();
    this.#stopReporting = reportExceptions(this.#graph);
    requestReport(directory);
    this.#noteRetold();
    const state = this.#graph.setRoot(first, isOwn);
    if (hangTimeoutMs !== undefined)
      this.#heartbeat = startHeartbeat(this.#journal, hangTimeoutMs, directory);
    showGuardedAsPlain();
    provideGuardedValues({
      transaction: (value, run, refuse) =>
        // It is nearly always given the state itself.
        runTransaction(value === state ? this.#graph : nodeOrElse(value, refuse).graph, run),
      snapshot: (value, refuse) => takeSnapshot(nodeOrElse(value, refuse)),
      subscribe: (value, listener, refuse) => watch(nodeOrElse(value, refuse), listener),
    });
    return state;
  }

  durable(): Promise<void> {
    return this.#saving.durable();
  }

  stats(): Stats {
    return this.#saving.stats();
  }

  /** What the app has changed of its terminal. */
  noteTerminalModes(modes: number): void {
    this.#journal.writeControl(Control.terminalModes, modes);
  }

  /** Whoever follows the journal from now on may begin here. */
  #noteRetold(): void {
    writePosition(
      (word, value) => this.#journal.writeControl(word, value),
      Control.retoldSequence,
      Control.retoldOffset,
      this.#journal.position,
    );
  }

  /** The state is an ordinary one from now on, as far as the guardian is concerned: it takes this for a clean end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#heartbeat?.stop();
    this.#stopReporting?.();
    this.#noteExit(0);
    // Its buffers stay mapped.
    if (this.#graph.hasBuffers) this.#isExitNoted = true;
    else this.#stopWatchingExit?.();
    this.#journal.close();
    this.#buffers.stop();
    this.#unlock?.();
    this.#saving.guardianDied();
    await this.#options.link.close();
  }

  #hear({ warning, isReady, isJournalGone }: GuardianMessage): void {
    if (this.#isClosed) return;
    if (isReady === true) this.#tellAnew();
    if (isJournalGone === true) this.#journal.renewSegment();
    if (warning !== undefined) {
      tell('degraded', { part: 'autosave', reason: warning });
      process.emitWarning(`faultguard: ${warning}`, { code: 'FAULTGUARD_AUTOSAVE_DEGRADED' });
    }
    this.#saving.settle();
  }

  #tellAnew(): void {
    const { link } = this.#options;
    const wasDegraded = this.#journal.degraded;
    if (!wasDegraded && !link.isLost) return;
    // It may have said that it is ready, and died before that was read.
    if (!link.isAlive()) return;
    const isTold = this.#journal.heal(() => {
      if (wasDegraded) this.#buffers.resume();
      this.#graph.tellAnew(() => {
        this.#noteRetold();
        // A large state needs somebody who reads meanwhile.
        link.ring();
      });
    });
    if (!isTold) return;
    link.ring();
    if (this.#journal.degraded) return;
    if (wasDegraded && this.#isTroubleSaid) tell('healed', { part: 'journal' });
    this.#isTroubleSaid = false;
    this.#saving.guardianIsBack();
    link.noteRestored();
  }

  #loseGuardian(): void {
    this.#journal.writeControl(Control.retoldOffset, 0);
    this.#saving.guardianDied();
    // With an autosave the journal is read by whoever recovers it; without one by nobody.
    if (this.#options.hasAutosave) return;
    this.#journal.degrade('the guardian has died');
    this.#journal.writeControl(Control.releasedSequence, this.#journal.position.segment);
  }

  /** A new guardian finds what it needs, also where its directory has vanished. */
  #renewSession(): void {
    if (this.#files?.renew() !== true) return;
    this.#unlock?.();
    this.#unlock = lockForLife(controlPath(this.#options.directory));
    this.#journal.renewSegment();
  }

  #degrade(reason: string): void {
    this.#buffers.stop();
    const { link } = this.#options;
    // That has been said, and what is to be done about it.
    if (link.isLost || this.#isTroubleSaid) return;
    this.#isTroubleSaid = true;
    link.ring();
    tell('degraded', { part: 'journal', reason });
    process.emitWarning(
      `faultguard: ${reason}. The app goes on without protection, until its journal can be written again: what changes ` +
        'meanwhile is not rescued.',
      { code: 'FAULTGUARD_DEGRADED' },
    );
  }

  #watchExit(): () => void {
    const note = (code: number): void => this.#noteExit(code);
    // An app of `start` ends by process.exit().
    return watchExit(note, () => this.#options.isAttached && this.#graph.hasBuffers);
  }

  #noteExit(code: number): void {
    if (this.#isExitNoted) return;
    const { link, hasAutosave, directory } = this.#options;
    this.#journal.writeControl(Control.exitCode, (code & 0xff) + 1);
    // Nobody else would.
    if (!hasAutosave && !link.isAlive()) removeSession(directory);
  }
}

function nodeOrElse(value: unknown, refuse: () => never): TrackedNode {
  return (isObject(value) ? nodeOf(value) : undefined) ?? refuse();
}

/** So that everybody can tell that this app lives, also when its guardian is dead. */
function lockForLife(path: string): (() => void) | undefined {
  try {
    const lock = lockFile(path);
    return lock.is === 'locked' ? lock.release : undefined;
  } catch {
    // Then pid and start time have to tell.
    return undefined;
  }
}
