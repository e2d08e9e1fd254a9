/**
 * Keeps the app that is not guarded, as any process manager would: when it has died it is started again, with nothing.
 * Nobody notices when it hangs, so after a while this does what its user would do by hand.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Settings } from './settings.ts';

const HEAP_MIB = 64;
const START_AGAIN_AFTER_MS = 100;
const SILENCE_MS_MAX = 3000;

/** @returns when it has been stopped. */
export async function keepTwin(settings: Settings, stopped: AbortSignal): Promise<undefined> {
  while (!stopped.aborted) {
    const twin = startTwin(settings);
    const ended = once(twin, 'exit');
    const watch = watchForSilence(twin);
    const stop = (): void => void twin.kill('SIGKILL');
    stopped.addEventListener('abort', stop, { once: true });
    await ended;
    clearInterval(watch);
    stopped.removeEventListener('abort', stop);
    await sleep(START_AGAIN_AFTER_MS, undefined, { signal: stopped }).catch(() => {});
  }
}

function startTwin(settings: Settings): ChildProcess {
  const script = fileURLToPath(new URL('twin.js', import.meta.url));
  return fork(script, [JSON.stringify(settings)], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`, '--enable-source-maps'],
    // It dies of the same faults: once is enough to read about them.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

function watchForSilence(twin: ChildProcess): NodeJS.Timeout {
  let heardMs = performance.now();
  twin.on('message', () => (heardMs = performance.now()));
  return setInterval(() => {
    if (performance.now() - heardMs > SILENCE_MS_MAX) twin.kill('SIGKILL');
  }, SILENCE_MS_MAX / 10);
}
