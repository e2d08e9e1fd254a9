/**
 * Server-sent events: every entry of the notebook, in its order, with its sequence as the event's id. Whoever comes
 * back says which one it has seen last, and misses none.
 *
 * An event `life` is the first on every connection: who it is that answers.
 */
import type { Request, Response } from 'express';
import type { Greeting } from '../notebook/greeting.ts';
import type { Notebook } from '../notebook/notebook.ts';

interface Reader {
  readonly response: Response;
  /** Has been sent up to here. */
  sequence: number;
}

const READERS_MAX = 50;
/** At once: a reader who has been away for long is caught up with step by step. */
const ENTRIES_MAX = 1000;

export class EntryStream {
  readonly #notebook: Notebook;
  readonly #readers = new Set<Reader>();

  constructor(notebook: Notebook) {
    this.#notebook = notebook;
  }

  /** `GET /api/stream?after=<sequence>` */
  readonly connect = (request: Request, response: Response): void => {
    if (this.#readers.size >= READERS_MAX) {
      response.status(503).json({ error: `${READERS_MAX} pages are open already.` });
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`event: life\ndata: ${JSON.stringify(this.#greet())}\n\n`);
    const reader: Reader = { response, sequence: Number(request.query['after']) || 0 };
    this.#readers.add(reader);
    response.on('close', () => this.#readers.delete(reader));
    this.#send(reader);
  };

  /** Sends what is new. */
  push(): void {
    for (const reader of this.#readers) this.#send(reader);
  }

  #send(reader: Reader): void {
    // Does not read as fast as there is something to read: the next time, then.
    if (reader.response.writableNeedDrain) return;
    for (const entry of this.#notebook.entriesAfter(reader.sequence, ENTRIES_MAX)) {
      reader.response.write(`id: ${entry.sequence}\ndata: ${JSON.stringify(entry)}\n\n`);
      reader.sequence = entry.sequence;
    }
  }

  #greet(): Greeting {
    return { pid: process.pid, sequence: this.#notebook.state.page.view.sequence };
  }
}
