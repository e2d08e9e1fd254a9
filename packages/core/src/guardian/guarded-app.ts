/** The app as its guardian sees it, whichever of the two has started the other. */
import type { ChildProcess } from 'node:child_process';
import { Writable } from 'node:stream';
import { BELL_FD } from '../platform/bell.ts';
import type { GuardianMessage } from '../platform/messages.ts';
import type { Exit } from '../platform/process-end.ts';
import { ignoreLostPeer } from './relay-messages.ts';

export interface GuardedApp {
  readonly pid: number;
  readonly startedAt: Date;
  /** Resolves when its process is gone. */
  readonly ended: Promise<Exit>;
  /** Of one that somebody else waits for: how it has ended, as far as the kernel says. */
  readEnd?(): Exit | undefined;
  /** Calls `listener` whenever it rings. */
  onRing(listener: () => void): void;
  /** What it does not live to hear is lost. */
  send(message: GuardianMessage): void;
  /** Nothing happens when it is gone. */
  kill(signal: NodeJS.Signals): void;
}

export function sendLine(stream: unknown, message: GuardianMessage): void {
  if (stream instanceof Writable && stream.writable) stream.write(`${JSON.stringify(message)}\n`);
}

/** An app that this guardian has started. */
export class StartedApp implements GuardedApp {
  readonly pid: number;
  readonly startedAt: Date = new Date();
  readonly ended: Promise<Exit>;
  readonly child: ChildProcess;

  /** `endsPipe`: else somebody else does, and what the app has said just before its end has been read by then. */
  constructor(child: ChildProcess, endsPipe = true) {
    this.child = child;
    this.pid = child.pid as number;
    this.ended = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        if (endsPipe) child.stdio[BELL_FD]?.destroy();
        const end = (): void => resolve({ exitCode, signal });
        // What is in a pipe is read once round the event loop.
        if (endsPipe) end();
        else setImmediate(() => setImmediate(end));
      });
    });
  }

  onRing(listener: () => void): void {
    this.child.stdio[BELL_FD]?.on('data', listener).on('error', ignoreLostPeer);
  }

  send(message: GuardianMessage): void {
    sendLine(this.child.stdio[BELL_FD], message);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
