/** What the app can ask of its autosave: to save at once, and how far things have come. */
import { tell } from '../events.ts';
import { FaultguardError } from '../errors.ts';
import { Control } from '../journal/layout.ts';
import { bytesAt, readPosition, writePosition } from '../journal/position.ts';
import type { JournalWriter } from '../journal/writer.ts';
import type { ControlPage } from '../memory/segment.ts';
import type { Stats } from '../options.ts';
import type { GuardianLink } from './guardian-link.ts';

interface Waiting {
  /** The request that it waits for. */
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Saving {
  readonly #control: ControlPage;
  readonly #journal: JournalWriter;
  readonly #link: GuardianLink;
  readonly #hasAutosave: boolean;
  /** What it saves survives the power. */
  readonly #isDurable: boolean;
  #waiting: Waiting[] = [];
  /** The request that has not been sent yet: calls in one turn of the event loop share it. */
  #next: Promise<void> | undefined;
  #isGuardianDead = false;
  #savedTold = 0;
  #wasDegraded = false;

  constructor(
    journal: JournalWriter,
    control: ControlPage,
    link: GuardianLink,
    hasAutosave: boolean,
    isDurable: boolean,
  ) {
    this.#isDurable = isDurable;
    this.#journal = journal;
    this.#control = control;
    this.#link = link;
    this.#hasAutosave = hasAutosave;
  }

  durable(): Promise<void> {
    if (!this.#isDurable) return Promise.reject(notSaved('no autosave is configured'));
    // What is appended before this turn is over may come along: it is no promise, and costs nothing.
    this.#next ??= new Promise((resolve) => void setImmediate(resolve)).then(() => {
      this.#next = undefined;
      return this.#request();
    });
    return this.#next;
  }

  stats(): Stats {
    const control = this.#control;
    const isAutosaveDegraded =
      this.#hasAutosave && (this.#isGuardianDead || control.read(Control.autosaveDegraded) === 1);
    return {
      appended: bytesAt(this.#journal.position),
      mirrored: bytesAt(readPosition(control, Control.mirroredSequence, Control.mirroredOffset)),
      saved: this.#isDurable ? bytesAt(readPosition(control, Control.savedSequence, Control.savedOffset)) : 0,
      degraded: this.#journal.degraded ? 'journal' : isAutosaveDegraded && 'autosave',
      guardianPid: this.#link.pid,
      guardiansLost: this.#link.lostCount,
    };
  }

  guardianDied(): void {
    this.#isGuardianDead = true;
    this.settle();
  }

  guardianIsBack(): void {
    this.#isGuardianDead = false;
  }

  #request(): Promise<void> {
    if (this.#isGuardianDead) return Promise.reject(notSaved('the guardian has died'));
    if (this.#journal.degraded) return Promise.reject(notSaved('the journal has stopped'));
    const control = this.#control;
    const number = (control.read(Control.saveWanted) + 1) | 0;
    // Never further than the journal goes.
    writePosition(
      (word, value) => control.write(word, value),
      Control.wantedSequence,
      Control.wantedOffset,
      this.#journal.position,
    );
    control.write(Control.saveWanted, number);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ number, resolve, reject });
      this.#link.ref();
      this.#link.ring();
    });
  }

  /** The guardian has said something: the control page says what has become of it. */
  settle(): void {
    this.#settleRequests();
    if (!this.#hasAutosave || this.#isGuardianDead) return;
    const { saved, degraded } = this.stats();
    if (saved > this.#savedTold) tell('saved', { saved });
    this.#savedTold = saved;
    const isDegraded = degraded === 'autosave';
    if (this.#wasDegraded && !isDegraded) tell('healed', { part: 'autosave' });
    this.#wasDegraded = isDegraded;
  }

  #settleRequests(): void {
    const done = this.#control.read(Control.saveDone) | 0;
    const failed = this.#control.read(Control.saveFailed) | 0;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ number }) => !this.#isGuardianDead && isAfter(number, done));
    for (const { number, resolve, reject } of waiting) {
      if (!isAfter(number, done)) {
        if (isAfter(number, failed)) resolve();
        else reject(notSaved('the disk does not take it'));
      } else if (this.#isGuardianDead) reject(notSaved('the guardian has died'));
    }
    if (this.#waiting.length === 0) this.#link.unref();
  }
}

/** Numbers of requests go round in a word. */
function isAfter(one: number, other: number): boolean {
  return ((one - other) | 0) > 0;
}

function notSaved(why: string): FaultguardError {
  return new FaultguardError(
    'ERR_FAULTGUARD_NOT_SAVED',
    `What has been appended cannot be said to be on the disk: ${why}. The state is what it was, and stats() says how ` +
      'far the disk is.',
  );
}
