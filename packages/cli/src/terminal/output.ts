/**
 * Where a command writes to. What it has found goes to standard output; what is to be said about that, errors and progress
 * go to standard error. Colours are for terminals, and never with NO_COLOR (https://no-color.org).
 *
 * A reader that has closed the pipe (`| head`) has what it wanted: nothing more is written, and the command goes on to its
 * exit code.
 */
import { styleText } from 'node:util';
import { escapeAsJson } from './escape-text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Output {
  /** To standard output. Text from outside has to be escaped before. */
  line(text?: string): void;
  /** To standard output, as one document. */
  json(value: unknown): void;
  /** To standard output, as one line of many. */
  jsonLine(value: unknown): void;
  /** To standard output, as it is; on a terminal escaped, as JSON is. Resolves when it has been taken. */
  raw(text: string): Promise<void>;
  /** To standard error. */
  note(text: string): void;
  /** Styled for standard output. */
  style(style: Style, text: string): string;
  /** One line of standard error that is written over by the next; nothing where that is not a terminal. */
  progress(text: string): void;
  /** That line is gone: before something else than this writes to the terminal. */
  clearProgress(): void;
  /** Nobody takes standard output any more: whoever has read it has gone, or the disk is full. */
  readonly isClosed: boolean;
  /** Characters of a line of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
}

/** For what is put together as lines, and shown some other way than printed. */
export const unstyled: Pick<Output, 'style'> = { style: (_, text) => text };

/** Not for work that is done before anybody looks. */
const PROGRESS_AFTER_MS = 400;
const PROGRESS_EVERY_MS = 100;

export class ProcessOutput implements Output {
  isClosed = false;
  /** What has been written to standard output is not there, and not because nobody wants it. */
  hasFailed = false;
  readonly #beganMs = performance.now();
  #progressMs = 0;
  #hasProgress = false;

  #isStdoutMade = false;
  #isStderrMade = false;

  /**
   * Neither stream is made before it is needed: Node switches a pipe to non-blocking then, for everybody who has it, such as
   * a program that `run` has started.
   */
  get #stdout(): NodeJS.WriteStream {
    if (!this.#isStdoutMade) {
      process.stdout.on('error', (error: NodeJS.ErrnoException) => this.#noticeError(error));
    }
    this.#isStdoutMade = true;
    return process.stdout;
  }

  get #stderr(): NodeJS.WriteStream {
    // Nobody is left to be told.
    if (!this.#isStderrMade) process.stderr.on('error', () => {});
    this.#isStderrMade = true;
    return process.stderr;
  }

  line(text = ''): void {
    this.clearProgress();
    if (!this.isClosed) this.#stdout.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(escapeAsJson(JSON.stringify(value, undefined, 2)));
  }

  jsonLine(value: unknown): void {
    this.line(escapeAsJson(JSON.stringify(value)));
  }

  async raw(text: string): Promise<void> {
    if (this.isClosed) return;
    this.clearProgress();
    const shown = this.#stdout.isTTY ? escapeAsJson(text.replaceAll('\r\n', '\n')) : text;
    await new Promise<void>((resolve) => {
      this.#stdout.write(shown, () => resolve());
    });
  }

  note(text: string): void {
    this.clearProgress();
    this.#stderr.write(`${text}\n`);
  }

  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stdout });
  }

  progress(text: string): void {
    const nowMs = performance.now();
    if (!this.#stderr.isTTY || nowMs - this.#beganMs < PROGRESS_AFTER_MS) return;
    if (nowMs - this.#progressMs < PROGRESS_EVERY_MS) return;
    this.#progressMs = nowMs;
    this.#hasProgress = true;
    this.#stderr.write(`\r${text.slice(0, (this.#stderr.columns || 80) - 1)}\u001b[K`);
  }

  get columns(): number | undefined {
    return this.#stdout.isTTY ? this.#stdout.columns || 80 : undefined;
  }

  clearProgress(): void {
    if (this.#hasProgress) this.#stderr.write('\r\u001b[K');
    this.#hasProgress = false;
  }

  #noticeError(error: NodeJS.ErrnoException): void {
    this.isClosed = true;
    if (error.code === 'EPIPE' || this.hasFailed) return;
    this.hasFailed = true;
    this.note(
      `faultguard: standard output cannot be written: ${error.message}. No autosave has been changed.`,
    );
  }
}
