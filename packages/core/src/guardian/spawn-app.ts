/** Starts the same script again, as the app: same Node, same arguments, directory, environment, terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { FaultguardError } from '../errors.ts';
import { trace } from '../events.ts';
import { runPipeStdio, tellRun } from '../platform/run-pipe.ts';
import { scriptArguments } from '../platform/script-arguments.ts';
import {
  directoryAtStart,
  environmentAtStart,
  formatMarker,
  markedVariables,
} from '../platform/process-at-start.ts';

/** The app, once it runs. Throws FaultguardError when it cannot be started. */
export async function spawnApp(sessionDirectory: string): Promise<ChildProcess> {
  const app = spawn(process.execPath, [...process.execArgv, ...scriptArguments()], {
    argv0: process.argv0,
    cwd: directoryAtStart,
    env: { ...environmentAtStart, ...markedVariables(formatMarker(process.pid, sessionDirectory)) },
    // The fourth is BELL_FD.
    stdio: [
      'inherit',
      'inherit',
      'inherit',
      'pipe',
      ...runPipeStdio(),
      ...(process.send === undefined ? [] : ['ipc' as const]),
    ],
    serialization: inheritedSerialization(),
  });
  await new Promise<void>((resolve, reject) => {
    app.once('spawn', resolve);
    app.once('error', (cause) => {
      const message = `The app's process could not be started: ${cause.message}. Nothing has been changed.`;
      reject(new FaultguardError('ERR_FAULTGUARD_SPAWN_FAILED', message, { cause }));
    });
  });
  tellRun({ guardianOf: app.pid as number });
  trace(() => `has started the app, process ${app.pid}`);
  return app;
}

/** How our own parent packs its messages; Node tells it in a variable that it removes. */
export function inheritedSerialization(): 'json' | 'advanced' {
  try {
    return readFileSync('/proc/self/environ', 'utf8')
      .split('\0')
      .includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced')
      ? 'advanced'
      : 'json';
  } catch {
    return 'json';
  }
}
