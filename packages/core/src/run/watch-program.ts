/** A program that nobody guards, from outside: does it still do something, what does it use, how does it end? */
import { setTimeout as sleep } from 'node:timers/promises';
import { withDossier } from '../dossier/dossier.ts';
import { ResourceSampler } from '../dossier/resource-sample.ts';
import type { Exit } from '../platform/process-end.ts';
import { print } from '../platform/print.ts';
import { HANG_GRACE_MS } from '../guardian/watch-app.ts';
import { directoryAtStart } from '../platform/process-at-start.ts';
import { type Crash, describeCrash, type Hang } from '../rescue/crash.ts';
import { OutputWatchdog } from './output-watchdog.ts';
import { findTree, isAlive, killTree } from './process-tree.ts';
import type { Program, ProgramOptions } from './program.ts';

export interface EndOfProgram {
  readonly exit: Exit;
  /** Undefined after a clean exit. */
  readonly crash: Crash | undefined;
}

export interface WatchedProgram {
  readonly ended: Promise<EndOfProgram>;
  /** Somebody else watches it from now on. */
  stop(): void;
}

const RESOURCES_MS = 1000;
/** A program of Node may take that long until it calls `start` or `attach`, and is watched otherwise then. */
const NODE_SETTLING_MS = 10_000;

export function watchProgram(
  program: Program,
  { command, isNode, settings: { hangTimeoutMs, dossierDirectory } }: ProgramOptions,
): WatchedProgram {
  const { app } = program;
  const sampler = new ResourceSampler(app.pid);
  const sampling =
    dossierDirectory == null
      ? undefined
      : setInterval(() => sampler.noticeActivity(Date.now()), RESOURCES_MS).unref();
  let hang: Hang | undefined;
  let hangEnded: Promise<void> | undefined;
  const onHang = (forMs: number): void => {
    // Its guardian watches its event loop.
    if (program.isGuarded && !program.isGuardClosed) return;
    hang = { forMs };
    print(`${command} has written nothing for ${forMs} ms, and is ended.`);
    hangEnded = endTree(app.pid);
  };
  const settlingMs = isNode ? NODE_SETTLING_MS : 0;
  const watchdog =
    hangTimeoutMs == null ? undefined : new OutputWatchdog(app.pid, hangTimeoutMs, settlingMs, onHang);
  const stop = (): void => {
    clearInterval(sampling);
    watchdog?.stop();
  };
  const ended = app.ended.then(async (exit) => {
    const crashedAt = new Date();
    stop();
    await hangEnded;
    return { exit, crash: describe(program, exit, crashedAt, hang, sampler) };
  });
  return { ended, stop };
}

function describe(
  { app }: Program,
  exit: Exit,
  crashedAt: Date,
  hang: Hang | undefined,
  { last: resources }: ResourceSampler,
): Crash | undefined {
  const facts = describeCrash({
    ...exit,
    isChild: true,
    pid: app.pid,
    startedAt: app.startedAt,
    crashedAt,
    exception: undefined,
    // Where Node puts one, if its user wants it.
    reportLocation: { directory: directoryAtStart ?? '.' },
    hang,
  });
  return facts && withDossier({ ...facts, ...(resources !== undefined && { resources }) });
}

const LOOK_MS = 20;

/** A program that hangs, and all that it has started. */
async function endTree(pid: number): Promise<void> {
  const tree = findTree(pid);
  const deadlineMs = performance.now() + HANG_GRACE_MS;
  killTree(tree, 'SIGTERM');
  while (performance.now() < deadlineMs && tree.some((each) => isAlive(each))) await sleep(LOOK_MS);
  killTree(tree, 'SIGKILL');
}
