/** The same app without a guard: its state is an object like any other, and ends with the process. */
import { randomBytes } from 'node:crypto';
import { MemoryStore } from 'express-session';
import { emptyNotebook, Notebook } from '../notebook/notebook.ts';
import { killSelf, sharedDeaths } from './deaths.ts';
import { listen } from './listen.ts';
import { makeApp } from './make-app.ts';
import { measureInto } from './measure.ts';
import { settingsFromArguments } from './settings.ts';
import { leaveWithSupervisor } from './supervisor-alive.ts';

/** A line to whoever has started it, as long as its event loop turns. */
const SIGN_OF_LIFE_MS = 500;

const settings = settingsFromArguments();
const listeners: (() => void)[] = [];
const notebook = new Notebook(emptyNotebook(), (change) => {
  change();
  for (const listener of listeners) queueMicrotask(listener);
});
notebook.write({ kind: 'life', pid: process.pid, guardianPid: null });

const app = makeApp({
  settings,
  notebook,
  onChange: (listener) => void listeners.push(listener),
  secret: randomBytes(32).toString('hex'),
  sessionStore: new MemoryStore(),
  deaths: { ...sharedDeaths, guardian: () => {}, both: killSelf },
});
await listen(app, settings.host, settings.twinPort);
measureInto(notebook);
leaveWithSupervisor(settings.supervisorPid);
setInterval(() => process.send?.('alive'), SIGN_OF_LIFE_MS);
process.send?.('alive');
