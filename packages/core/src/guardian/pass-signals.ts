/**
 * Signals that reach the guardian and mean the app.
 *
 * The terminal sends Ctrl-C and Ctrl-\ to the whole foreground group, so the app has them already: the
 * guardian only has to outlive them. Every other signal was sent to this process alone and is passed on,
 * once each.
 */
import type { ChildProcess } from 'node:child_process';
import { isForegroundOfTerminal } from '../platform/controlling-terminal.ts';

const PASSED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

export interface PassedSignals {
  /** Passes on what came before there was an app, and all that comes from now on. */
  passTo(app: ChildProcess): void;
  /** Gives the signals their ordinary meaning back. */
  stop(): void;
}

export function passSignals(): PassedSignals {
  let app: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  const pass = (signal: NodeJS.Signals): void => {
    if (app === undefined) early.push(signal);
    else app.kill(signal);
  };
  const passUnlessFromTerminal = (signal: NodeJS.Signals): void => {
    if (!isForegroundOfTerminal()) pass(signal);
  };
  const listeners = new Map<NodeJS.Signals, (signal: NodeJS.Signals) => void>([
    ...PASSED.map((signal) => [signal, pass] as const),
    ...FROM_TERMINAL.map((signal) => [signal, passUnlessFromTerminal] as const),
  ]);
  if (process.platform !== 'win32') for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    passTo(started) {
      app = started;
      for (const signal of early.splice(0)) app.kill(signal);
    },
    stop() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
