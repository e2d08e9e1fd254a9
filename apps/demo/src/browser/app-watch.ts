/**
 * Watches the guarded app: how it dies, and what it comes back with.
 *
 * 1. An incident is over when the first sample behind it has come; then the record can be compared.
 * 2. What counts as seen is what had come before the death was noticed.
 * 3. An app that comes back with less than this page has seen is no reason to forget what it was: the record of that time
 *    is kept for the comparison, and a new one is begun.
 */
import type { Entry, Life, NewGuardian, Sample } from '../notebook/entries.ts';
import type { Greeting } from '../notebook/greeting.ts';
import type { View } from '../notebook/view.ts';
import type { Presence } from '../page/laboratory.ts';
import { Connection } from './connection.ts';
import { Witness } from './witness.ts';

/** What this page had seen when somebody died. */
interface Seen {
  readonly witness: Witness;
  readonly lastSeen: number;
}

/** What is known of a death when everything is there again, but for the comparison. */
export interface Death extends Seen {
  readonly successor: Life | NewGuardian;
  readonly lastBefore: Sample | null;
  readonly firstAfter: Sample;
  readonly awayMs: number;
}

export interface AppWatchEvents {
  presence(presence: Presence, pid?: number): void;
  entry(entry: Entry): void;
  /** What comes now is another notebook. */
  replaced(): void;
  death(death: Death): void;
}

const ENTRIES_URL = '/api/entries';

export class AppWatch {
  readonly #connection: Connection;
  readonly #events: AppWatchEvents;
  #witness: Witness;
  #pid: number | undefined;
  #lastSample: Sample | null;
  /** When the connection was cut off: it may be a death. */
  #cut: Seen | null = null;
  /** Somebody has died, and no sample has come since. */
  #pending: Omit<Death, 'firstAfter' | 'awayMs'> | null = null;

  constructor({ life, recent, sequence }: View, events: AppWatchEvents) {
    this.#events = events;
    this.#pid = life?.pid;
    this.#lastSample = recent.at(-1) ?? null;
    this.#witness = new Witness(ENTRIES_URL, recent);
    this.#connection = new Connection('/api/stream', sequence, {
      greeted: (greeting) => this.#greet(greeting),
      received: (entry, text) => this.#receive(entry, text),
      lost: () => {
        this.#cut ??= this.#look();
        events.presence('away');
      },
    });
    this.#connection.open();
  }

  get silenceMs(): number {
    return this.#connection.silenceMs;
  }

  /** From now on silence counts for the death that is coming. */
  expectDeath(): void {
    this.#connection.takeLongestSilence();
  }

  /** The app has said that it has it. */
  noteAcknowledged(entry: Entry): void {
    this.#witness.see(entry, JSON.stringify(entry));
  }

  #greet({ pid, sequence }: Greeting): void {
    // The same process: cut off, but nobody has died.
    if (pid === this.#pid) this.#cut = null;
    this.#pid = pid;
    this.#events.presence('here', pid);
    if (sequence >= this.#witness.lastSeen) return;
    // It will greet once more, and is still another one than this page knew.
    this.#pid = undefined;
    this.#witness = new Witness(ENTRIES_URL);
    this.#events.replaced();
    this.#connection.startOver();
  }

  #receive(entry: Entry, text: string): void {
    const seen = this.#cut ?? this.#look();
    this.#witness.see(entry, text);
    this.#events.entry(entry);
    if (entry.kind === 'life' || entry.kind === 'guardian') {
      this.#pending = { successor: entry, lastBefore: this.#lastSample, ...seen };
      this.#cut = null;
    } else if (entry.kind === 'sample') {
      this.#lastSample = entry;
      if (this.#pending !== null) this.#conclude(this.#pending, entry);
    }
  }

  #conclude(pending: Omit<Death, 'firstAfter' | 'awayMs'>, firstAfter: Sample): void {
    this.#pending = null;
    const awayMs = this.#connection.takeLongestSilence();
    this.#events.death({ ...pending, firstAfter, awayMs });
  }

  #look(): Seen {
    return { witness: this.#witness, lastSeen: this.#witness.lastSeen };
  }
}
