/**
 * An app that has started this guardian: it hears of the app's death by the end of the pipe between them, which the kernel
 * closes. How it has ended, the kernel says where it is asked in time (platform/process-end.ts); what the app itself has noted
 * is in the control file.
 */
import { Socket } from 'node:net';
import { appPath } from '../autosave/autosave-files.ts';
import { readProcess } from '../autosave/identity.ts';
import { BELL_FD } from '../platform/bell.ts';
import type { Greeting, GuardianMessage } from '../platform/messages.ts';
import { type Exit, type ReadEnd, watchProcessEnd } from '../platform/process-end.ts';
import type { AdoptedApp } from '../platform/process-at-start.ts';
import { startTimeOf } from '../platform/process-identity.ts';
import { readLaunchOrder } from '../restart/launch-order.ts';
import { type GuardedApp, sendLine } from './guarded-app.ts';

/** A line of JSON: options alone. */
const GREETING_BYTES_MAX: number = 16 * 1024 * 1024;
const NEWLINE = 10;

export class AttachedApp implements GuardedApp {
  readonly pid: number;
  readonly startedAt: Date;
  readonly greeting: Greeting;
  readonly ended: Promise<Exit>;
  readonly #socket: Socket;
  readonly #startTime: string;
  readonly #readEnd: ReadEnd;

  constructor(greeting: Greeting, socket: Socket) {
    this.pid = greeting.pid;
    this.greeting = greeting;
    this.startedAt = new Date(greeting.startedAtMs);
    this.#socket = socket;
    this.#startTime = startTimeOf(greeting.pid);
    this.#readEnd = watchProcessEnd(greeting.pid, this.#startTime);
    this.ended = new Promise((resolve) => {
      const end = (): void => resolve({ exitCode: null, signal: null });
      // It may have ended while it was being read to there.
      if (socket.readableEnded || socket.destroyed) setImmediate(end);
      else socket.once('close', end);
    });
  }

  readEnd(): Exit | undefined {
    return this.#readEnd();
  }

  onRing(listener: () => void): void {
    this.#socket.on('data', listener).resume();
  }

  send(message: GuardianMessage): void {
    sendLine(this.#socket, message);
  }

  /** Never another process that has its pid meanwhile. */
  kill(signal: NodeJS.Signals): void {
    if (this.#startTime !== startTimeOf(this.pid)) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It is gone.
    }
  }
}

/** The same of an app whose session there is. Has it died before it had said anything, its files say who it was. */
export async function greetAdopted({ pid, directory }: AdoptedApp): Promise<AttachedApp> {
  const socket = openSocket();
  try {
    return new AttachedApp(await readGreeting(socket), socket);
  } catch {
    socket.destroy();
    const startedAtMs = Date.parse(readProcess(appPath(directory))?.startedAt ?? '');
    const greeting = {
      pid,
      startedAtMs: Number.isNaN(startedAtMs) ? Date.now() : startedAtMs,
      attempt: readLaunchOrder(directory)?.attempt ?? 1,
    };
    return new AttachedApp(greeting, socket);
  }
}

/** Waits for the app's first words. Rejects when it has died before it had said them, or says something else. */
export async function greetApp(): Promise<AttachedApp> {
  const socket = openSocket();
  return new AttachedApp(await readGreeting(socket), socket);
}

function openSocket(): Socket {
  const socket = new Socket({ fd: BELL_FD, readable: true, writable: true });
  socket.on('error', () => {});
  return socket;
}

function readGreeting(socket: Socket): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (!chunk.includes(NEWLINE) && sizeBytes < GREETING_BYTES_MAX) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.pause();
      try {
        const text = Buffer.concat(chunks).toString('utf8').replaceAll('\0', '');
        resolve(JSON.parse(text.slice(0, text.indexOf('\n'))) as Greeting);
      } catch (error) {
        reject(error);
      }
    };
    const onClose = (): void => reject(new Error('The app has died before it could say what it wants.'));
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}
