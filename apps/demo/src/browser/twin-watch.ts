/** Watches the app that is not guarded. Each of its lives begins with nothing, and with the number 1. */
import type { Entry } from '../notebook/entries.ts';
import type { Loss, Presence } from '../page/laboratory.ts';
import { Connection } from './connection.ts';
import { Witness } from './witness.ts';

export interface TwinWatchEvents {
  presence(presence: Presence, pid?: number): void;
  entry(entry: Entry): void;
  death(loss: Loss): void;
}

export class TwinWatch {
  readonly #witness: Witness;
  readonly #connection: Connection;
  readonly #events: TwinWatchEvents;
  #pid: number | undefined;

  constructor(origin: string, events: TwinWatchEvents) {
    this.#events = events;
    this.#witness = new Witness(`${origin}/api/entries`);
    this.#connection = new Connection(`${origin}/api/stream`, 0, {
      greeted: ({ pid }) => this.#greet(pid),
      received: (entry, text) => {
        this.#witness.see(entry, text);
        this.#events.entry(entry);
      },
      lost: () => {
        this.#connection.startOver();
        this.#events.presence('away');
      },
    });
    this.#connection.open();
  }

  get silenceMs(): number {
    return this.#connection.silenceMs;
  }

  #greet(pid: number): void {
    const isAnother = this.#pid !== undefined && this.#pid !== pid;
    this.#pid = pid;
    this.#events.presence('here', pid);
    if (isAnother) void this.#count();
  }

  async #count(): Promise<void> {
    const awayMs = this.#connection.takeLongestSilence();
    const witness = this.#witness;
    const counting = witness.audit(witness.lastSeen);
    witness.forget();
    this.#events.death({ ...(await counting), awayMs });
  }
}
