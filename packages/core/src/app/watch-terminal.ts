/**
 * Notes which modes of its terminal the app has set, where the guardian finds them when the app is dead.
 *
 * Invariants:
 * 1. Whenever the app dies, each mode that may be set is noted: one that an output sets is noted before it goes out, one
 *    that it unsets is struck out when it has gone out. (Node writes to terminals synchronously, but for Windows.)
 * 2. Output is what it is without the guard, and nothing that fails here is seen by the app.
 *
 * The streams of terminals are met where they hand their output to the system, `_write` and `_writev`: there it passes once,
 * in its order, whichever way it came (`write`, `end`, a pipe, a cork), and what something else has caught before, as
 * in a test of the app's output, does not. No stream is made for it. What native code, a child process or
 * `fs.writeSync` writes is not seen.
 */
import { isOwnTerminal } from '../platform/controlling-terminal.ts';
import { ModeScanner } from '../terminal/mode-scanner.ts';

type Callback = (error?: Error | null) => void;

interface Written {
  readonly chunk: unknown;
  readonly encoding: BufferEncoding;
}

/** A stream's part that does the work. `fd` is there for standard output and error, `_handle` for all of them. */
interface TerminalStream {
  _write(this: TerminalStream, chunk: unknown, encoding: BufferEncoding, callback: Callback): void;
  _writev(this: TerminalStream, chunks: readonly Written[], callback: Callback): void;
  readonly fd?: number;
  readonly _handle?: { readonly fd?: number } | null;
}

/** `note` is given the bits of `TerminalMode` that are set, when they have changed. Nothing happens without a terminal. */
export function watchTerminal(note: (bits: number) => void): void {
  const { isatty, WriteStream } = process.getBuiltinModule('node:tty');
  if (!isatty(1) && !isatty(2)) return;
  const watch = new TerminalWatch(note);
  const prototype = WriteStream.prototype as unknown as TerminalStream;
  // Looked up at each call, as without the guard.
  const inherited = Object.getPrototypeOf(prototype) as TerminalStream;
  const replace = (name: '_write' | '_writev', value: unknown): void => {
    try {
      Object.defineProperty(prototype, name, {
        value,
        configurable: true,
        writable: true,
        enumerable: true,
      });
    } catch {
      // Frozen: the terminal is left as the app leaves it.
    }
  };
  replace(
    '_write',
    function _write(this: TerminalStream, chunk: unknown, encoding: BufferEncoding, callback: Callback) {
      watch.around(
        this,
        () => toText(chunk, encoding),
        () => inherited._write.call(this, chunk, encoding, callback),
      );
    },
  );
  replace('_writev', function _writev(this: TerminalStream, chunks: readonly Written[], callback: Callback) {
    const text = (): string => chunks.map(({ chunk, encoding }) => toText(chunk, encoding)).join('');
    watch.around(this, text, () => inherited._writev.call(this, chunks, callback));
  });
}

class TerminalWatch {
  readonly #note: (bits: number) => void;
  readonly #scanner: ModeScanner = new ModeScanner();
  readonly #isOwn = new WeakMap<TerminalStream, boolean>();
  #noted = 0;

  constructor(note: (bits: number) => void) {
    this.#note = note;
    // An app that is started again begins with a terminal that has been put back.
    note(0);
  }

  around(stream: TerminalStream, text: () => string, write: () => void): void {
    const isWatched = this.#isWatched(stream);
    if (isWatched) this.#tell(() => this.#scanner.scan(text()));
    write();
    if (isWatched) this.#tell(() => this.#scanner.bits);
  }

  #tell(find: () => number): void {
    try {
      const bits = find();
      if (bits === this.#noted) return;
      this.#note(bits);
      this.#noted = bits;
    } catch {
      // A chunk of no kind that a stream takes: the stream says so.
    }
  }

  #isWatched(stream: TerminalStream): boolean {
    let isOwn = this.#isOwn.get(stream);
    if (isOwn === undefined) {
      const fd = stream.fd ?? stream._handle?.fd;
      isOwn = fd !== undefined && isOwnTerminal(fd);
      this.#isOwn.set(stream, isOwn);
    }
    return isOwn;
  }
}

/** In bytes a sequence is what it is in text: all of it is ASCII. */
function toText(chunk: unknown, encoding: BufferEncoding): string {
  if (typeof chunk !== 'string') {
    const { buffer, byteOffset, byteLength } = chunk as Uint8Array;
    return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  }
  const isText = encoding === 'utf8' || encoding === 'utf-8' || encoding === 'latin1' || encoding === 'ascii';
  return isText || !Buffer.isEncoding(encoding) ? chunk : Buffer.from(chunk, encoding).toString('latin1');
}
