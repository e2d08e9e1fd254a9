/**
 * Signals that reach the guardian and mean the app.
 *
 * The terminal sends Ctrl-C and Ctrl-\ to the whole foreground group, so the app has them already: the
 * guardian only has to outlive them. Every other signal was sent to this process alone and is passed on,
 * once each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isForegroundOfTerminal } from '../platform/controlling-terminal.ts';
import type { GuardedApp } from './guarded-app.ts';

const PASSED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** An app that is still there that long after one of these has dealt with it in another way. */
const END_MS_MAX: Readonly<Record<string, number>> = {
  // A server may have requests to finish.
  SIGTERM: 60_000,
  SIGHUP: 5000,
  SIGINT: 5000,
  SIGQUIT: 5000,
};

export interface PassedSignals {
  /** Somebody has asked for the end of all this. */
  readonly isEndWanted: boolean;
  /** Passes on what came before there was an app, and all that comes from now on. */
  passTo(app: Pick<GuardedApp, 'kill'>): void;
  /** Resolves after that time; at once, and with false, when somebody asks for the end. */
  sleep(timeMs: number): Promise<boolean>;
  /** Gives the signals their ordinary meaning back. */
  stop(): void;
}

export function passSignals(): PassedSignals {
  let app: Pick<GuardedApp, 'kill'> | undefined;
  let endWantedUntilMs = Number.NEGATIVE_INFINITY;
  let sleeping: AbortController | undefined;
  const early: NodeJS.Signals[] = [];
  const noteEnd = (signal: NodeJS.Signals): void => {
    const forMs = END_MS_MAX[signal];
    if (forMs === undefined) return;
    endWantedUntilMs = Math.max(endWantedUntilMs, performance.now() + forMs);
    sleeping?.abort();
  };
  const pass = (signal: NodeJS.Signals): void => {
    noteEnd(signal);
    if (app === undefined) early.push(signal);
    else app.kill(signal);
  };
  const passUnlessFromTerminal = (signal: NodeJS.Signals): void => {
    noteEnd(signal);
    if (!isForegroundOfTerminal()) pass(signal);
  };
  const listeners = new Map<NodeJS.Signals, (signal: NodeJS.Signals) => void>([
    ...PASSED.map((signal) => [signal, pass] as const),
    ...FROM_TERMINAL.map((signal) => [signal, passUnlessFromTerminal] as const),
  ]);
  if (process.platform !== 'win32') for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    get isEndWanted() {
      return performance.now() < endWantedUntilMs;
    },
    passTo(started) {
      app = started;
      for (const signal of early.splice(0)) app.kill(signal);
    },
    async sleep(timeMs) {
      if (this.isEndWanted) return false;
      sleeping = new AbortController();
      try {
        await sleep(timeMs, undefined, { signal: sleeping.signal });
        return true;
      } catch {
        return false;
      }
    },
    stop() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
