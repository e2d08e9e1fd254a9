/**
 * This page's own record of what it has seen, letter by letter: what is lost is found out by it, not by what the app says
 * of itself.
 */
import type { Entry } from '../notebook/entries.ts';

/** Ten minutes. */
const RECORD_MAX = 6000;

export class Witness {
  readonly #url: string;
  #record = new Map<number, string>();
  #lastSeen = 0;

  /** @param url - where entries can be read again. */
  constructor(url: string, seen: readonly Entry[] = []) {
    this.#url = url;
    for (const entry of seen) this.see(entry, JSON.stringify(entry));
  }

  see(entry: Entry, text: string): void {
    this.#lastSeen = Math.max(this.#lastSeen, entry.sequence);
    this.#record.set(entry.sequence, text);
    if (this.#record.size > RECORD_MAX) this.#record.delete(this.#record.keys().next().value as number);
  }

  get lastSeen(): number {
    return this.#lastSeen;
  }

  /** Reads everything again that had been seen up to there. What is not there, or is different, is lost. */
  async audit(upTo: number): Promise<{ lost: number; of: number }> {
    const seen = [...this.#record].filter(([sequence]) => sequence <= upTo);
    const first = Math.min(...seen.map(([sequence]) => sequence));
    if (seen.length === 0) return { lost: 0, of: 0 };
    const answer = await fetch(`${this.#url}?after=${first - 1}&upTo=${upTo}`, { credentials: 'include' });
    const entries = (await answer.json()) as Entry[];
    const there = new Map(entries.map((entry) => [entry.sequence, JSON.stringify(entry)]));
    const lost = seen.filter(([sequence, text]) => there.get(sequence) !== text).length;
    return { lost, of: seen.length };
  }

  forget(): void {
    this.#record = new Map();
    this.#lastSeen = 0;
  }
}
