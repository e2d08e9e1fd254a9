/**
 * Keeps the guarded app and its guardian: each of the two brings the other one back; when both are dead, this does.
 *
 * Invariants:
 * 1. There is never a second pair: the lock of the autosave says whether anybody of the last one lives, whatever its
 *    process ids are by now.
 * 2. When the promise settles, neither app nor guardian is there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isActive } from '@faultguard/core';
import { endProcess } from './end-process.ts';
import { autosavePath, forgetNotice, readNotice, type Settings } from './settings.ts';

const LOOK_EVERY_MS = 50;
/** Of V8's old generation, in MiB: so that a leak is at its end within a second or two. */
const HEAP_MIB = 64;
/** A pair that has not listened by then never will. */
const BEGIN_MS_MAX = 30_000;
/** After that it is not asked any more. */
const END_MS_MAX = 5000;
/** Again and again, without anybody having asked for it. */
const FAILURES_MAX = 3;

/**
 * @param onListening - called once, when the page can be opened.
 * @returns when it has been stopped; with a sentence, when the app cannot be started.
 */
export async function keepPair(
  settings: Settings,
  stopped: AbortSignal,
  onListening: () => void,
): Promise<string | undefined> {
  let hasListened = false;
  for (let failures = 0; failures < FAILURES_MAX;) {
    forgetNotice(settings);
    const pair = startPair(settings);
    const isListening = await waitForNotice(settings, pair, stopped);
    failures = isListening ? 0 : failures + 1;
    if (isListening && !hasListened) onListening();
    hasListened ||= isListening;
    while (!stopped.aborted && isAnybodyThere(settings, pair)) await sleep(LOOK_EVERY_MS);
    if (stopped.aborted) {
      await endPair(settings, pair);
      return undefined;
    }
    if (isListening) console.error('App and guardian are both dead. They are started again.');
  }
  return `The app has ended ${FAILURES_MAX} times before it listened; the lines above say why.`;
}

/** In a session of its own: Ctrl-C reaches this process alone, which then ends the others in order. */
function startPair(settings: Settings): ChildProcess {
  const script = fileURLToPath(new URL('guarded.js', import.meta.url));
  return spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MIB}`, '--enable-source-maps', script, JSON.stringify(settings)],
    {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
}

/** False when it is not going to listen. */
async function waitForNotice(settings: Settings, pair: ChildProcess, stopped: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + BEGIN_MS_MAX;
  while (performance.now() < deadline && !stopped.aborted) {
    if (readNotice(settings) !== undefined) return true;
    if (!isAnybodyThere(settings, pair)) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

function isAnybodyThere(settings: Settings, pair: ChildProcess): boolean {
  return isRunning(pair) || isActive(autosavePath(settings));
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** The app is asked to end, and its guardian ends after it. */
async function endPair(settings: Settings, pair: ChildProcess): Promise<void> {
  const isGone = (): boolean => !isAnybodyThere(settings, pair);
  const deadline = performance.now() + END_MS_MAX;
  while (performance.now() < deadline) {
    const notice = readNotice(settings);
    if (await endProcess(notice?.pid, 'SIGINT', isGone)) return;
    // It hangs, or it is just being started again: that is its guardian's affair.
    if (await endProcess(notice?.guardianPid ?? pair.pid, 'SIGTERM', isGone)) return;
    // Neither is what it was when the app listened. There is going to be another notice.
    await sleep(LOOK_EVERY_MS);
  }
  const notice = readNotice(settings);
  await endProcess(notice?.guardianPid ?? pair.pid, 'SIGKILL', isGone);
  await endProcess(notice?.pid, 'SIGKILL', isGone);
}
