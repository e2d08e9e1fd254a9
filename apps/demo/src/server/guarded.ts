/**
 * The guarded app, and its guardian: both run this script. What makes the notebook survive is all in here; the rest of
 * the server does not know of it.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Crash, events, type LaunchContext, start, subscribe, transaction } from '@faultguard/core';
import {
  closeGracefully,
  GuardedSessionStore,
  guardRequests,
  type RequestsState,
  type SessionsState,
} from '@faultguard/express';
import { emptyNotebook, Notebook, type NotebookState } from '../notebook/notebook.ts';
import { killBoth, killGuardian, sharedDeaths } from './deaths.ts';
import { listen } from './listen.ts';
import { makeApp } from './make-app.ts';
import { measureInto } from './measure.ts';
import { pageRoute } from './page-route.ts';
import { autosavePath, postNotice, settingsFromArguments } from './settings.ts';
import { isAlive, leaveWithSupervisor } from './supervisor-alive.ts';
import { dossierName, tellCrash } from './tell-crash.ts';

interface State extends NotebookState, RequestsState, SessionsState {
  /** Signs the cookies of sessions: those of one life are good in the next. */
  readonly secret: string;
}

const settings = settingsFromArguments();

await start<State>({
  initial: () => ({ secret: randomBytes(32).toString('hex'), ...emptyNotebook() }),
  launch,
  rescue,
  autosave: { path: autosavePath(settings), existing: 'resume', intervalMs: 1000 },
  // Every crash of this app is asked for, so its state is never the reason: no moment is too early to go on with it.
  restart: { max: 30, withinMs: 60_000, backoffMs: 20, healthyMs: 1 },
  hangTimeoutMs: 2000,
  redact: ['secret', 'sessions', 'requests'],
});

// The guardian comes here when the app has ended for good.
if (!isAlive(settings.supervisorPid)) rmSync(settings.directory, { recursive: true, force: true });

async function launch(state: State, context: LaunchContext): Promise<void> {
  const notebook = new Notebook(state, (change) => transaction(state, change));
  const crash = tellCrash(context.recovered, settings);
  const { guardianPid } = context.stats();
  notebook.write({ kind: 'life', pid: process.pid, guardianPid, ...(crash !== undefined && { crash }) });

  const app = makeApp({
    settings,
    notebook,
    onChange: (listener) => subscribe(state.page, listener),
    secret: state.secret,
    sessionStore: new GuardedSessionStore(state),
    resumable: guardRequests(state, { idempotency: { scope: ({ sessionID }) => sessionID } }),
    deaths: {
      ...sharedDeaths,
      guardian: () => killGuardian(context.stats().guardianPid),
      both: () => killBoth(context.stats().guardianPid),
    },
    page: pageRoute(state, context, settings),
  });
  const server = await listen(app, settings.host, settings.port);
  // Not SIGTERM: by that the watchdog ends an app that hangs, which is quicker without a handler that cannot run.
  closeGracefully(server, { signals: ['SIGINT'], graceMs: 200 });
  measureInto(notebook);
  postNotice(settings, { pid: process.pid, guardianPid });
  leaveWithSupervisor(settings.supervisorPid);

  let lostPid = guardianPid;
  events.on('guardian-lost', ({ pid }) => (lostPid = pid));
  events.on('guardian-restored', ({ pid, tookMs }) => {
    notebook.write({ kind: 'guardian', lostPid, pid, tookMs: Math.round(tookMs) });
    postNotice(settings, { pid: process.pid, guardianPid: pid });
  });
}

/** Runs in the guardian, before the app is started again. */
function rescue(_state: State, crash: Crash): void {
  crash.saveDossier(join(settings.directory, dossierName(crash)));
  const { kind, signal, pid } = crash;
  const how = kind === 'signal' ? signal : kind;
  console.error(`Process ${pid} has died (${how}). Its guardian has everything that it had.`);
}
