/** Starts the same script again, as the app: same Node, same arguments, directory, environment, terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { FaultguardError } from '../errors.ts';
import {
  directoryAtStart,
  environmentAtStart,
  formatMarker,
  SESSION_VARIABLE,
} from '../platform/process-at-start.ts';

/** The app, once it runs. Throws FaultguardError when it cannot be started. */
export async function spawnApp(sessionDirectory: string): Promise<ChildProcess> {
  const app = spawn(process.execPath, [...process.execArgv, ...scriptArguments()], {
    argv0: process.argv0,
    cwd: directoryAtStart,
    env: { ...environmentAtStart, [SESSION_VARIABLE]: formatMarker(process.pid, sessionDirectory) },
    // The fourth is BELL_FD.
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', ...(process.send === undefined ? [] : ['ipc' as const])],
    serialization: inheritedSerialization(),
  });
  await new Promise<void>((resolve, reject) => {
    app.once('spawn', resolve);
    app.once('error', (cause) => {
      const message = `The app's process could not be started: ${cause.message}. Nothing has been changed.`;
      reject(new FaultguardError('ERR_FAULTGUARD_SPAWN_FAILED', message, { cause }));
    });
  });
  return app;
}

/** The script and its arguments, so that Node runs the same again. */
function scriptArguments(): string[] {
  const isEvaluated = process.execArgv.some((argument) => /^(-e|-p|-pe|--eval|--print)\b/.test(argument));
  const [script, ...rest] = process.argv.slice(1);
  // Without "--" Node would take what is meant for the script for its own options.
  if (isEvaluated) return script === undefined ? [] : ['--', script, ...rest];
  if (script !== undefined && script !== '-') return [script, ...rest];
  throw new FaultguardError(
    'ERR_FAULTGUARD_NO_SCRIPT',
    'start() runs the same script again as the app, and a script read from standard input cannot be read ' +
      'twice. Nothing has been started. Save it as a file and run that.',
  );
}

/** How our own parent packs its messages; Node tells it in a variable that it removes. */
function inheritedSerialization(): 'json' | 'advanced' {
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
