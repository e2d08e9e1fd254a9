/**
 * Watches the guarded app: how it dies, and what it comes back with.
 *
 * 1. An incident is over when the first sample behind it has come and the record has been compared; not before.
 * 2. What counts as seen is what had come before the death was noticed.
 */
import type { Entry, Life, NewGuardian, Sample } from '../notebook/entries.ts';
import type { Greeting } from '../notebook/greeting.ts';
import type { View } from '../notebook/view.ts';
import type { Presence } from '../page/laboratory.ts';
import { Connection } from './connection.ts';
import { Witness } from './witness.ts';

/** What is known of a death when everything is there again, but for the record. */
export interface Death {
  readonly successor: Life | NewGuardian;
  readonly lastBefore: Sample | null;
  readonly firstAfter: Sample | null;
  readonly lastSeen: number;
  readonly awayMs: number;
}

export interface AppWatchEvents {
  presence(presence: Presence, pid?: number): void;
  entry(entry: Entry): void;
  death(death: Death): void;
}

export class AppWatch {
  readonly witness: Witness;
  readonly #connection: Connection;
  readonly #events: AppWatchEvents;
  #life: number;
  /** Somebody has died, and no sample has come since. */
  #pending: { successor: Life | NewGuardian; lastSeen: number } | null = null;
  /** The newest entry when the connection was cut off. */
  #lastSeen = 0;

  constructor(view: View, events: AppWatchEvents) {
    this.#events = events;
    this.#life = view.life?.life ?? 0;
    this.witness = new Witness('/api/entries', view.recent);
    this.#connection = new Connection('/api/stream', view.sequence, {
      greeted: (greeting) => this.#greet(greeting),
      received: (entry, text) => this.#receive(entry, text),
      lost: () => this.#lose(),
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

  #greet({ life, pid }: Greeting): void {
    if (life === this.#life) this.#lastSeen = 0;
    this.#life = life;
    this.#events.presence('here', pid);
  }

  #lose(): void {
    if (this.#lastSeen === 0) this.#lastSeen = this.witness.lastSeen;
    this.#events.presence('away');
  }

  #receive(entry: Entry, text: string): void {
    const seenBefore = this.witness.lastSeen;
    this.witness.see(entry, text);
    this.#events.entry(entry);
    if (entry.kind === 'life' || entry.kind === 'guardian') {
      this.#pending = { successor: entry, lastSeen: this.#lastSeen || seenBefore };
      this.#lastSeen = 0;
    } else if (entry.kind === 'sample' && this.#pending !== null) {
      this.#conclude(this.#pending);
    }
  }

  #conclude({ successor, lastSeen }: { successor: Life | NewGuardian; lastSeen: number }): void {
    this.#pending = null;
    const [lastBefore, firstAfter] = this.witness.samplesAround(
      ({ sequence }) => sequence < successor.sequence,
    );
    const awayMs = this.#connection.takeLongestSilence();
    this.#events.death({ successor, lastBefore, firstAfter, lastSeen, awayMs });
  }
}
