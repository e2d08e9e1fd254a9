/**
 * The app's end of the pipe to its guardian, whichever of the two has started the other. When the guardian dies, this
 * starts a new one.
 *
 * Invariants:
 * 1. Nothing here keeps the process alive, throws, or blocks for longer than it takes to start a process.
 * 2. A loss is told once, whoever notices it first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { tell, trace } from '../events.ts';
import { BELL_FD, RING, ringBell } from '../platform/bell.ts';
import type { Greeting, GuardianMessage, RunMessage } from '../platform/messages.ts';
import { directoryAtStart } from '../platform/process-at-start.ts';
import { runPipeStdio } from '../platform/run-pipe.ts';
import { startTimeOf } from '../platform/process-identity.ts';

/** How to start a guardian for this process. */
export interface GuardianProgram {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly greeting: Greeting;
}

export interface GuardianListener {
  /** It has said something. */
  onMessage(message: GuardianMessage): void;
  /** It is dead. */
  onLost(): void;
  /** Another is about to be started. */
  onBeforeStart?(): void;
}

/** A line from the guardian is a warning at most; whatever is longer does not come from it. */
const LINE_CHARS_MAX = 65_536;
/** A guardian that dies sooner is followed by the next one later: twice as late each time. */
const STEADY_MS = 10_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 30_000;

export class GuardianLink {
  /** How many have died. */
  lostCount = 0;
  readonly #programFor: () => GuardianProgram;
  #listener: GuardianListener | undefined;
  #socket: Socket | undefined;
  #fd = -1;
  #pid = 0;
  #startTime = '0';
  #line = '';
  #begunAtMs = 0;
  #backoffMs = 0;
  #lostAtMs = 0;
  #isLost = false;
  #isClosed = false;
  #child: ChildProcess | undefined;
  #isParent = false;
  /** The parent guards this process as long as that wants it. */
  #isRun = false;

  /** `programFor`: asked each time that a guardian is to be started. */
  constructor(programFor: () => GuardianProgram) {
    this.#programFor = programFor;
  }

  /** The guardian, with that pid, has started this process. */
  inherit(pid: number): void {
    this.#take(new Socket({ fd: BELL_FD, readable: true, writable: false }), BELL_FD, pid);
    this.#isParent = true;
  }

  /** `faultguard run`, with that pid, has started this process. `message`: what it is told. */
  inheritRun(pid: number, message: RunMessage): void {
    const socket = new Socket({ fd: BELL_FD, readable: true, writable: true });
    this.#take(socket, BELL_FD, pid);
    this.#isParent = true;
    this.#isRun = true;
    socket.write(`${JSON.stringify(message)}\n`);
  }

  /** This process starts it. Throws what the system says. */
  start(): void {
    const { args, env, greeting } = this.#programFor();
    const child = spawn(process.execPath, args, {
      cwd: directoryToStartIn(),
      env: { ...env, ...(process.versions['electron'] !== undefined && { ELECTRON_RUN_AS_NODE: '1' }) },
      // A session of its own: what is sent to the app's group does not reach it.
      detached: true,
      // The fourth is BELL_FD. What a rescue prints is to be seen.
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...runPipeStdio()],
    });
    // Its pipe says it too.
    child.on('error', ignore);
    if (child.pid === undefined) {
      child.stdio[BELL_FD]?.destroy();
      throw new Error(`no process can be started (in ${directoryAtStart ?? 'a directory that is gone'})`);
    }
    child.unref();
    this.#child = child;
    this.#isParent = false;
    this.#isRun = false;
    const socket = child.stdio[BELL_FD] as unknown as Socket & {
      readonly _handle?: { readonly fd?: number };
    };
    socket.write(`${JSON.stringify(greeting)}\n`);
    this.#take(socket, socket._handle?.fd ?? -1, child.pid);
  }

  listen(listener: GuardianListener): void {
    this.#listener = listener;
  }

  get pid(): number {
    return this.#pid;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Has it died? Asks the system. */
  isAlive(): boolean {
    if (this.#socket === undefined || this.#socket.destroyed || this.#pid === 0) return false;
    if (this.#isParent) return process.ppid === this.#pid;
    return this.#startTime === '0' || startTimeOf(this.#pid) === this.#startTime;
  }

  ring(): void {
    if (this.#fd >= 0) ringBell(this.#fd);
    else if (this.#socket?.writable === true) this.#socket.write(RING);
  }

  /** As long as somebody waits for an answer. */
  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  /** The new one knows the state. */
  noteRestored(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    tell('guardian-restored', { pid: this.#pid, tookMs: Math.round(performance.now() - this.#lostAtMs) });
  }

  /** Whoever notices it first. */
  noticeLoss(): void {
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#lostAtMs = performance.now();
    this.lostCount++;
    tell('guardian-lost', { pid: this.#pid });
    process.emitWarning(
      'faultguard: the guardian has died. The app goes on, and a new guardian is being started.',
      { code: 'FAULTGUARD_GUARDIAN_DIED' },
    );
    this.#listener?.onLost();
  }

  /** Ends the guardian by the end of the pipe; resolves when its process has ended, or is no guardian any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    this.#fd = -1;
    if (this.#isRun) {
      await this.#leaveRun(socket);
      return;
    }
    const ended = new Promise<void>((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) resolve();
      else {
        child.ref();
        child.once('exit', () => resolve());
      }
    });
    socket.destroy();
    await ended;
  }

  /** It ends the pipe when it is done with that, and goes on as the parent. */
  async #leaveRun(socket: Socket): Promise<void> {
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.ref();
    socket.write(`${JSON.stringify({ isClosed: true } satisfies RunMessage)}\n`);
    await ended;
  }

  #take(socket: Socket, fd: number, pid: number): void {
    this.#socket = socket;
    this.#fd = fd;
    this.#pid = pid;
    this.#startTime = startTimeOf(pid);
    this.#line = '';
    this.#begunAtMs = performance.now();
    socket.on('error', ignore);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#hear(text));
    socket.once('close', () => this.#goOn(socket));
    socket.unref();
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const message of lines.map(parseMessage))
      if (message !== undefined) this.#listener?.onMessage(message);
  }

  #goOn(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#fd = -1;
    this.noticeLoss();
    if (this.#isClosed) return;
    const isSteady = performance.now() - this.#begunAtMs >= STEADY_MS;
    const waitMs = isSteady ? 0 : this.#backoffMs;
    this.#backoffMs = isSteady ? BACKOFF_MS : Math.min(Math.max(BACKOFF_MS, waitMs * 2), BACKOFF_MS_MAX);
    setTimeout(() => this.#startNew(), waitMs).unref();
  }

  #startNew(): void {
    if (this.#isClosed) return;
    try {
      this.#listener?.onBeforeStart?.();
      this.start();
      trace(() => `starts a new guardian, process ${this.#pid}`);
    } catch (error) {
      trace(() => `cannot start a guardian: ${(error as Error).message}`);
      this.#backoffMs = Math.min(Math.max(BACKOFF_MS, this.#backoffMs * 2), BACKOFF_MS_MAX);
      setTimeout(() => this.#startNew(), this.#backoffMs).unref();
    }
  }
}

/** Undefined for what is none: nobody but the guardian should have the other end, and should it say something else, it is not heard. */
function parseMessage(line: string): GuardianMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}

/** That of this process at its start may have been removed since. */
function directoryToStartIn(): string {
  return directoryAtStart !== undefined && existsSync(directoryAtStart) ? directoryAtStart : '/';
}

function ignore(): void {}
