/**
 * Puts the terminal back after an app that could not.
 *
 * Invariants:
 * 1. Only what has been changed is changed, and not a byte is written when that is nothing.
 * 2. Only the terminal that this process belongs to, and only while it is in the foreground there: it is somebody else's
 *    otherwise.
 * 3. A rescue waits for it, so it takes a bounded time, also when the terminal takes nothing (Ctrl-S).
 * 4. What has been typed and not been read yet stays there for whoever reads next.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { isForegroundOfTerminal, isOwnTerminal } from '../platform/controlling-terminal.ts';
import { TerminalMode, undoModes } from './terminal-modes.ts';

/** Of each step. A run of stty ordinarily takes some 2 ms. */
const STEP_TIMEOUT_MS = 1000;
const RETRY_MS = 10;

export interface RememberedTerminal {
  /** After a crash; `modes` are the bits of `TerminalMode` that the app has left set. Never throws. */
  restore(modes: number): void;
  /**
   * After a program that has ended badly, and whose output nobody has seen. Has it left other settings, it was one that fills
   * the screen, and all is undone. Otherwise, if it `mayHaveFailedTo`, what harms nobody who has not done it. Never throws.
   */
  restoreUnseen(mayHaveFailedTo: boolean): void;
}

/**
 * Remembers how the terminal is, before the app is started. Undefined without one. The settings of a terminal in whose
 * background we are belong to whoever is in front (a shell that edits a line), and are not remembered.
 */
export function rememberTerminal(): RememberedTerminal | undefined {
  const fd = [0, 1, 2].find(isOwnTerminal);
  if (fd === undefined) return undefined;
  const outputFd = [1, 2].find(isOwnTerminal);
  const settings = isForegroundOfTerminal() ? readSettings(fd) : undefined;
  const write = (text: string): void => {
    if (outputFd !== undefined) writeToTerminal(outputFd, text);
  };
  return {
    restoreUnseen(mayHaveFailedTo) {
      if (!isForegroundOfTerminal()) return;
      const isChanged = settings !== undefined && readSettings(fd) !== settings;
      if (isChanged) write(undoModes(UNSEEN_MODES | TerminalMode.alternateScreen1049));
      else if (mayHaveFailedTo) write(UNDO_UNSEEN);
      if (isChanged) run(fd, 'sh', ['-c', SET_IF_CHANGED, 'sh', settings]);
    },
    restore(modes) {
      if (!isForegroundOfTerminal()) return;
      // First the modes: a mouse that still tells of its moves would be echoed.
      write(undoModes(modes));
      if (settings !== undefined) run(fd, 'sh', ['-c', SET_IF_CHANGED, 'sh', settings]);
    },
  };
}

/** Whose undoing changes nothing where they are not set. Kitty's stack is not among them: a level of it may be the shell's. */
const UNSEEN_MODES: number =
  TerminalMode.cursorHidden |
  TerminalMode.mousePresses |
  TerminalMode.mouseClicks |
  TerminalMode.mouseDrags |
  TerminalMode.mouseMotion |
  TerminalMode.mouseUtf8 |
  TerminalMode.mouseSgr |
  TerminalMode.mouseUrxvt |
  TerminalMode.mousePixels |
  TerminalMode.focusEvents |
  TerminalMode.bracketedPaste |
  TerminalMode.applicationCursorKeys |
  TerminalMode.applicationKeypad |
  TerminalMode.wrapOff |
  TerminalMode.synchronizedUpdate |
  TerminalMode.scrollRegion |
  TerminalMode.styled |
  TerminalMode.insertMode |
  TerminalMode.lineDrawing;

/** `?1049l` would put the cursor back to where somebody else has saved it; `?1047l` only leaves the alternate screen. */
const UNDO_UNSEEN: string = undoModes(TerminalMode.alternateScreen1047) + undoModes(UNSEEN_MODES);

/**
 * One process to start, and not two: a guardian that holds a large state takes some 20 ms for each GB to fork (measured).
 * stty waits until all output has gone out, and flushes no input (TCSADRAIN).
 */
const SET_IF_CHANGED = 'now=$(stty -g) && [ "$now" != "$1" ] && exec stty "$1"';

/** In stty's own notation, which only stty has to understand. Undefined where it is not there. */
function readSettings(fd: number): string | undefined {
  const settings = run(fd, 'stty', ['-g'])?.trim();
  return settings === '' ? undefined : settings;
}

/** With the terminal as standard input. Returns what it prints; undefined when it fails. */
function run(fd: number, command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, {
    stdio: [fd, 'pipe', 'ignore'],
    encoding: 'utf8',
    timeout: STEP_TIMEOUT_MS,
    // One that has been stopped heeds nothing else.
    killSignal: 'SIGKILL',
  });
  return status === 0 ? stdout : undefined;
}

function writeToTerminal(fd: number, text: string): void {
  if (text === '') return;
  const own = openNonBlocking(fd);
  try {
    writeBounded(own ?? fd, Buffer.from(text, 'latin1'));
  } catch {
    // The terminal has gone.
  } finally {
    if (own !== undefined) closeSync(own);
  }
}

/** A description of its own, since O_NONBLOCK of the inherited one would be everybody's. Undefined without /proc. */
function openNonBlocking(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** Ordinarily one write. Gives up when nothing more is taken for a while. */
function writeBounded(fd: number, bytes: Uint8Array): void {
  const deadline = performance.now() + STEP_TIMEOUT_MS;
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let offset = 0; offset < bytes.length && performance.now() < deadline;) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(never, 0, 0, RETRY_MS);
    }
  }
}
