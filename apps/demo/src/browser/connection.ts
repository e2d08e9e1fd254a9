/**
 * The stream of one app: comes back by itself, from where it was cut off, and knows how long nothing has come.
 *
 * Not left to the browser, which waits for seconds and gives up on some errors.
 */
import type { Entry } from '../notebook/entries.ts';
import type { Greeting } from '../notebook/greeting.ts';

export interface ConnectionEvents {
  /** Connected: this is who answers. */
  greeted(greeting: Greeting): void;
  /** One entry, and its very text. */
  received(entry: Entry, text: string): void;
  /** Cut off. */
  lost(): void;
}

const TRY_AGAIN_MS = 100;
/** After so many attempts it is not expected any more, and waited for in less of a hurry. */
const HURRIED_ATTEMPTS = 50;
const TRY_AGAIN_LATER_MS = 1000;

export class Connection {
  readonly #url: string;
  readonly #events: ConnectionEvents;
  #source: EventSource | undefined;
  /** Entries after this one are wanted. */
  #sequence: number;
  #attempts = 0;
  #heardMs: number = performance.now();
  #longestSilenceMs = 0;

  constructor(url: string, sequence: number, events: ConnectionEvents) {
    this.#url = url;
    this.#sequence = sequence;
    this.#events = events;
  }

  open(): void {
    const source = new EventSource(`${this.#url}?after=${this.#sequence}`, { withCredentials: true });
    this.#source = source;
    this.#attempts += 1;
    source.addEventListener('life', ({ data }) => {
      this.#attempts = 0;
      this.#hear();
      this.#events.greeted(JSON.parse(data as string) as Greeting);
    });
    source.addEventListener('message', ({ data }) => {
      this.#hear();
      const entry = JSON.parse(data as string) as Entry;
      this.#sequence = entry.sequence;
      this.#events.received(entry, data as string);
    });
    source.addEventListener('error', () => {
      source.close();
      this.#events.lost();
      setTimeout(() => this.open(), this.#attempts < HURRIED_ATTEMPTS ? TRY_AGAIN_MS : TRY_AGAIN_LATER_MS);
    });
  }

  /** What follows has numbers of its own: all of it is wanted. */
  startOver(): void {
    this.#sequence = 0;
    if (this.#source?.readyState !== EventSource.OPEN) return;
    this.#source.close();
    this.open();
  }

  /** How long nothing has come, until now. */
  get silenceMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** The longest time in which nothing came, since this was asked last. */
  takeLongestSilence(): number {
    const longestMs = this.#longestSilenceMs;
    this.#longestSilenceMs = 0;
    return longestMs;
  }

  #hear(): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, this.silenceMs);
    this.#heardMs = performance.now();
  }
}
