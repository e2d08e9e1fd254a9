/**
 * Tells the guardian's watchdog that the event loop turns, and has a worker look at the stack of the main thread when it
 * does not: JavaScript that loops for ever runs nothing else, so only another thread can.
 *
 * Invariant: neither keeps the process alive, nor ends it.
 */
import { Worker } from 'node:worker_threads';
import { trace } from '../events.ts';
import { Control } from '../journal/layout.ts';
import type { JournalWriter } from '../journal/writer.ts';
import { heartbeatMs, hangStackPath } from '../platform/watchdog.ts';

export interface Heartbeat {
  /** For whoever keeps the event loop waiting, and knows what for. */
  readonly beat: () => void;
  readonly stop: () => void;
}

export function startHeartbeat(journal: JournalWriter, hangTimeoutMs: number, directory: string): Heartbeat {
  // Most apps do without.
  const { url: inspectorUrl } = process.getBuiltinModule('node:inspector');
  const beats = new Int32Array(new SharedArrayBuffer(8));
  const beat = (): void => {
    // 0 would say that it has not begun.
    const next = (Atomics.load(beats, 0) % 0x7fff_ffff) + 1;
    Atomics.store(beats, 0, next);
    const isDebuggerOpen = inspectorUrl() === undefined ? 0 : 1;
    Atomics.store(beats, 1, isDebuggerOpen);
    journal.writeControl(Control.debuggerOpen, isDebuggerOpen);
    journal.writeControl(Control.appHeartbeat, next);
  };
  beat();
  const timer = setInterval(beat, heartbeatMs(hangTimeoutMs)).unref();
  const worker = startStackWatcher(beats, hangTimeoutMs, directory);
  return {
    beat,
    stop() {
      clearInterval(timer);
      void worker?.terminate();
      journal.writeControl(Control.appHeartbeat, 0);
    },
  };
}

/** Of a stack. */
const FRAMES_MAX = 50;

/**
 * Looks at the stack when three quarters of the time are over, so that it is there when the guardian ends the app. The
 * lines are those of V8's own stacks (https://v8.dev/docs/stack-trace-api).
 */
const STACK_WATCHER = `
const { Session } = require('node:inspector');
const { rmSync, writeFileSync } = require('node:fs');
const { workerData: { beats, lookMs, stillMsMax, path, framesMax } } = require('node:worker_threads');
let last = 0;
let stillMs = 0;
let isTaken = false;
const look = () => {
  const beat = Atomics.load(beats, 0);
  if (beat !== last) {
    last = beat;
    stillMs = 0;
    if (isTaken) rmSync(path, { force: true });
    isTaken = false;
    return;
  }
  stillMs += lookMs;
  // With a debugger it is none of our business.
  if (stillMs < stillMsMax || isTaken || Atomics.load(beats, 1) === 1) return;
  isTaken = true;
  takeStack();
};
const takeStack = () => {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const lines = callFrames.slice(0, framesMax).map(({ functionName, location }) => {
      const place = urls.get(location.scriptId) + ':' + (location.lineNumber + 1) + ':' + (location.columnNumber + 1);
      return functionName === '' ? '    at ' + place : '    at ' + functionName + ' (' + place + ')';
    });
    try {
      writeFileSync(path, lines.join('\\n'), { mode: 0o600 });
    } catch {}
    // Goes on, and with nothing of ours in it.
    session.disconnect();
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
};
setInterval(look, lookMs);
`;

function startStackWatcher(beats: Int32Array, hangTimeoutMs: number, directory: string): Worker | undefined {
  const workerData = {
    beats,
    lookMs: heartbeatMs(hangTimeoutMs),
    stillMsMax: hangTimeoutMs * 0.75,
    path: hangStackPath(directory),
    framesMax: FRAMES_MAX,
  };
  try {
    const worker = new Worker(STACK_WATCHER, {
      eval: true,
      workerData,
      execArgv: [],
      env: {},
      // It holds nothing.
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    // Without it a hang has no stack.
    worker.on('error', (error) => trace(() => `no stack of a hang can be had: ${String(error)}`));
    worker.unref();
    return worker;
  } catch (error) {
    trace(() => `no stack of a hang can be had: ${(error as Error).message}`);
    return undefined;
  }
}
