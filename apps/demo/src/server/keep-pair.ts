/**
 * Keeps the guarded app and its guardian: each of the two brings the other one back; when both are dead, this does.
 *
 * Invariants:
 * 1. There is never a second pair. Apps and guardians of one pair come and go, but all of them print into the same pipe:
 *    its end is the end of the last of them, whoever that was.
 * 2. When the promise settles, neither app nor guardian is there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endProcess } from './end-process.ts';
import { forgetNotice, readNotice, type Settings } from './settings.ts';

const LOOK_EVERY_MS = 20;
/** Of V8's old generation, in MiB: so that a leak is at its end within a second or two. */
const HEAP_MIB = 64;
/** A pair that has not listened by then never will. */
const BEGIN_MS_MAX = 30_000;
/** After that it is not asked any more. */
const END_MS_MAX = 10_000;
/** One after the other, before the app has listened. */
const FAILURES_MAX = 3;

interface Pair {
  /** Of the first guardian. */
  readonly pid: number | undefined;
  readonly gone: Promise<unknown>;
  readonly isGone: () => boolean;
}

/**
 * @param onListening - called once, when the page can be opened.
 * @returns when it has been stopped; with a sentence, when the app cannot be started.
 */
export async function keepPair(
  settings: Settings,
  stopped: AbortSignal,
  onListening: () => void,
): Promise<string | undefined> {
  const stopping = stopped.aborted ? Promise.resolve() : once(stopped, 'abort');
  let [failures, hasListened] = [0, false];
  while (failures < FAILURES_MAX) {
    forgetNotice(settings);
    const pair = startPair(settings);
    const isListening = await waitForNotice(settings, pair, stopped);
    failures = isListening ? 0 : failures + 1;
    if (isListening && !hasListened) onListening();
    hasListened ||= isListening;
    await Promise.race([pair.gone, stopping]);
    if (stopped.aborted) {
      await endPair(settings, pair);
      return undefined;
    }
    if (isListening) console.error('App and guardian are both dead. They are started again.');
  }
  return `The app has ended ${FAILURES_MAX} times before it listened; the lines above say why.`;
}

/** In a session of its own: Ctrl-C reaches this process alone, which then ends the others in order. */
function startPair(settings: Settings): Pair {
  const script = fileURLToPath(new URL('guarded.js', import.meta.url));
  const guardian = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MIB}`, '--enable-source-maps', script, JSON.stringify(settings)],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  guardian.stdout.pipe(process.stdout);
  guardian.stderr.pipe(process.stderr);
  let isGone = false;
  const gone = once(guardian, 'close').then(() => (isGone = true));
  return { pid: guardian.pid, gone, isGone: () => isGone };
}

/** False when it is not going to listen. */
async function waitForNotice(settings: Settings, pair: Pair, stopped: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + BEGIN_MS_MAX;
  while (performance.now() < deadline && !stopped.aborted && !pair.isGone()) {
    if (readNotice(settings) !== undefined) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

/** The app is asked to end, and its guardian ends after it. */
async function endPair(settings: Settings, { pid, isGone }: Pair): Promise<void> {
  const deadline = performance.now() + END_MS_MAX;
  while (performance.now() < deadline) {
    const notice = readNotice(settings);
    if (await endProcess(notice?.pid, 'SIGINT', isGone)) return;
    // It hangs, or it is just being started again: that is its guardian's affair.
    if (await endProcess(notice?.guardianPid ?? pid, 'SIGTERM', isGone)) return;
    // Neither is what it was when the app listened. There is going to be another notice.
    await sleep(LOOK_EVERY_MS);
  }
  const notice = readNotice(settings);
  await endProcess(notice?.guardianPid ?? pid, 'SIGKILL', isGone);
  await endProcess(notice?.pid, 'SIGKILL', isGone);
}
