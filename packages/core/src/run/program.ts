/**
 * A program that `faultguard run` has started: its process, and what it says to us. Only a program of Node has a pipe to say
 * something by; every other is started as a shell would start it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { BELL_FD } from '../platform/bell.ts';
import type { Greeting, RunMessage, RunOutcome } from '../platform/messages.ts';
import { StartedApp } from '../guardian/guarded-app.ts';
import { type Relay, relayMessages } from '../guardian/relay-messages.ts';
import { inheritedSerialization } from '../guardian/spawn-app.ts';
import { formatRun, RUN_VARIABLE, SESSION_VARIABLE } from '../platform/process-at-start.ts';
import { startTimeOf } from '../platform/process-identity.ts';
import type { TreeProcess } from './process-tree.ts';
import type { RunSettings } from './settings.ts';

export interface Attachment {
  readonly greeting: Greeting;
  readonly library: string;
}

export class Program {
  readonly app: StartedApp;
  readonly relay: Relay | undefined;
  /** Resolves when it has called `attach`. */
  readonly attached: Promise<Attachment>;
  /** Resolves when it has closed that guard. */
  readonly guardClosed: Promise<void>;
  isGuardClosed = false;
  /** It has called `start`: it is a guardian itself. */
  isGuardian = false;
  /** The app of that, once there is one; never another process that has its pid meanwhile. */
  guarded: readonly TreeProcess[] = [];
  /** Resolves when nobody has the pipe any more: neither a guardian, nor its app. */
  readonly pipeEnded: Promise<void>;
  /** What it has done as one. */
  outcome: RunOutcome | undefined;
  #isAttached = false;
  #resolveAttached: (attachment: Attachment) => void = () => {};
  #resolveClosed: () => void = () => {};

  constructor(child: ChildProcess) {
    this.app = new StartedApp(child, false);
    this.relay = child.channel == null ? undefined : relayMessages(child);
    this.attached = new Promise((resolve) => {
      this.#resolveAttached = resolve;
    });
    this.guardClosed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    const pipe = child.stdio[BELL_FD];
    this.pipeEnded = new Promise((resolve) => {
      if (pipe == null) resolve();
      else pipe.once('close', () => resolve());
    });
    pipe
      ?.on('error', () => {})
      .on(
        'data',
        readLines((line) => this.#hear(line)),
      );
    // Its own children may have it too.
    void this.app.ended.then(() => this.guarded.length > 0 || this.endPipe());
  }

  /** It has called `start` or `attach`. */
  get isGuarded(): boolean {
    return this.isGuardian || this.#isAttached;
  }

  /** Nobody guards it any more, and it is told so. */
  endPipe(): void {
    this.app.child.stdio[BELL_FD]?.destroy();
  }

  #hear(line: string): void {
    const message = parse(line);
    if (message === undefined) return;
    if ('attach' in message) {
      this.#isAttached = true;
      this.#resolveAttached({ greeting: message.attach, library: message.library });
    } else if ('isClosed' in message) {
      this.isGuardClosed = true;
      this.#resolveClosed();
    } else if ('guardianOf' in message) {
      this.isGuardian = true;
      const pid = message.guardianOf;
      if (pid !== null) this.guarded = [{ pid, startTime: startTimeOf(pid) }];
    } else this.outcome = message.outcome;
  }
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** It may call `start` or `attach`. */
  readonly isNode: boolean;
  readonly settings: RunSettings;
}

/** Once it runs. Rejects with what the system says. */
export async function startProgram({ command, args, isNode, settings }: ProgramOptions): Promise<Program> {
  const { [SESSION_VARIABLE]: _, [RUN_VARIABLE]: _settings, ...env } = process.env;
  const hasChannel = isNode && process.send !== undefined;
  const child = spawn(command, args, {
    env: isNode ? { ...env, [SESSION_VARIABLE]: formatRun(), [RUN_VARIABLE]: JSON.stringify(settings) } : env,
    // The fourth is BELL_FD.
    stdio: [
      'inherit',
      'inherit',
      'inherit',
      ...(isNode ? ['pipe' as const] : []),
      ...(hasChannel ? ['ipc' as const] : []),
    ],
    serialization: inheritedSerialization(),
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return new Program(child);
}

/** A line is a message, whatever of a bell is in it; one that is longer than that comes from nobody that we know. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

function readLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  return (chunk) => {
    const bytes = chunk.filter((byte) => byte !== 0);
    let from = 0;
    for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
      onLine(Buffer.concat([...parts, bytes.subarray(from, to)]).toString('utf8'));
      parts = [];
      sizeBytes = 0;
      from = to + 1;
    }
    sizeBytes += bytes.length - from;
    if (sizeBytes <= LINE_BYTES_MAX) parts.push(Buffer.from(bytes.subarray(from)));
  };
}

/** Undefined for what is none: the program's own children may have the pipe too. */
function parse(line: string): RunMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null) return undefined;
    const { attach, library, isClosed, guardianOf, outcome } = message as Record<string, unknown>;
    const isAttachment = typeof attach === 'object' && attach !== null && typeof library === 'string';
    const isOutcome = typeof outcome === 'object' && outcome !== null;
    const isGuardian = guardianOf === null || Number.isSafeInteger(guardianOf);
    const isKnown = isAttachment || isClosed === true || isGuardian || isOutcome;
    return isKnown ? (message as RunMessage) : undefined;
  } catch {
    return undefined;
  }
}
