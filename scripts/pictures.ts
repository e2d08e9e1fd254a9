/**
 * Writes docs/images/cli-*.svg: what the command line shows, of real apps, in a real terminal. Start it with `npm run pictures`,
 * which builds the packages first. Needs tmux. Other guards of this user are in the pictures too, if there are any: CONTRIBUTING.md says
 * how to hide them.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@faultguard/test-kit';
import { openTerminal, type Terminal } from '@faultguard/test-kit/tmux-terminal';
import { renderTerminal } from './terminal-svg.ts';

interface Picture {
  readonly name: string;
  /** What is to be seen, for whoever cannot. */
  readonly title: string;
  readonly line: string;
  /** The picture is taken when this is there. */
  readonly shows: RegExp;
  /** Pressed one after the other when the first of it is there, and then `shows` is waited for. */
  readonly keys?: readonly string[];
  readonly ready?: RegExp;
  readonly rows?: number;
  readonly columns?: number;
  /** Long enough for a few looks. */
  readonly waitMs?: number;
}

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const IMAGES = pathOf('../docs/images');
const PROGRAM = pathOf('../packages/cli/dist/main.js');
const APP = pathOf('../packages/cli/test/fixtures/apps/measures.mjs');

const APP_NAME = 'measures.mjs';

const COLUMNS = 96;
/** Of what is printed: room for all of it, the rest is cut off. */
const ROWS = 60;
const PROMPT = /\n\$ *$/;

const TREE = /▾ state: Object/;

const PICTURES: readonly Picture[] = [
  {
    name: 'inspect',
    title: 'faultguard inspect: the state as a tree, with two of its objects open',
    line: 'faultguard inspect work.xz',
    ready: TREE,
    keys: ['Down', 'Down', 'Down', 'Right', 'Down', 'Right', 'Down', 'Down'],
    shows: /state\.users\[0\]\.since/,
    rows: 22,
  },
  {
    name: 'inspect-plot',
    title: 'faultguard inspect: a list of numbers is selected, and plotted',
    line: 'faultguard inspect work.xz',
    ready: TREE,
    keys: ['/', 't', 'e', 'm', 'p', 'e', 'r', 'Enter'],
    shows: /numbers: /,
    rows: 27,
  },
  {
    name: 'inspect-plain',
    title: 'faultguard inspect --plain: who wrote it, its files, and a part of the state',
    line: 'faultguard inspect work.xz --plain --path users --depth 3',
    shows: PROMPT,
  },
  {
    name: 'verify',
    title: 'faultguard verify: a sound autosave',
    line: 'faultguard verify work.xz',
    shows: PROMPT,
  },
  {
    name: 'recover',
    title: 'faultguard recover: the rows of the state as a table',
    line: 'faultguard recover work.xz -o rows.csv --path rows && head -n 4 rows.csv',
    shows: PROMPT,
  },
  {
    name: 'diff',
    title: 'faultguard diff: what has changed since the previous checkpoint',
    line: 'faultguard diff work.xz --limit 8',
    shows: PROMPT,
  },
  {
    name: 'history',
    title: 'faultguard history: the last mutations, with their times and paths',
    line: 'faultguard history work.xz --limit 8',
    shows: PROMPT,
  },
  {
    name: 'history-at',
    title: 'faultguard history --at: the state as it was a second before the end',
    line: 'faultguard history work.xz --at -1s --depth 1',
    shows: PROMPT,
  },
  {
    name: 'watch',
    title: 'faultguard watch: a table of three guards, with rates, lags, memory and restarts',
    line: 'faultguard watch --interval 500',
    ready: /unsaved/,
    waitMs: 7000,
    shows: /measures\.mjs.*[▂▃▄▅▆▇█]/,
    rows: 12,
    columns: 124,
  },
  {
    name: 'watch-one',
    title: 'faultguard watch: one guard in full',
    line: 'faultguard watch --interval 500 --sort restarts',
    ready: /unsaved/,
    keys: ['Enter'],
    waitMs: 7000,
    shows: /last crash SIGSEGV/,
    rows: 21,
  },
  { name: 'list', title: 'faultguard list: who is guarded here', line: 'faultguard list', shows: PROMPT },
  {
    name: 'doctor',
    title: 'faultguard doctor: what this machine gives a guard',
    line: 'faultguard doctor',
    shows: PROMPT,
  },
  { name: 'help', title: 'faultguard --help', line: 'faultguard --help', shows: PROMPT },
];

async function main(): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const terminal = await openTerminal({
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    TZ: 'UTC',
    CI: '',
    NO_COLOR: '',
  });
  const apps: (() => Promise<void>)[] = [];
  try {
    await prepareShell(terminal);
    await leaveAutosave(terminal.directory);
    const start = (name: string, ...args: readonly string[]): void => {
      apps.push(startApp([name, ...args], terminal.directory));
    };
    start('sensors.xz', '900');
    start('orders.xz', '60', '400');
    start('chat.xz', '4');
    await sleep(9000);
    for (const picture of PICTURES) {
      await take(terminal, picture);
      console.log(`docs/images/cli-${picture.name}.svg`);
    }
  } finally {
    for (const end of apps) await end();
    await terminal.close();
  }
}

async function prepareShell(terminal: Terminal): Promise<void> {
  const program = join(terminal.directory, 'faultguard');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(program, 0o755);
  // Where it lies in whose checkout is nothing to be shown.
  symlinkSync(APP, join(terminal.directory, APP_NAME));
  terminal.sendLine(`cd '${terminal.directory}'; PATH=".:$PATH"; unset CI NO_COLOR; clear`);
  await terminal.waitForShell();
}

/** Of an app that is killed together with its guardian. */
async function leaveAutosave(cwd: string): Promise<void> {
  const app = spawn(process.execPath, [APP_NAME, 'work.xz', '120'], { stdio: 'ignore', detached: true, cwd });
  await sleep(6000);
  process.kill(-(app.pid as number), 'SIGKILL');
}

/** Returns what ends it: the guardian passes the signal on, and starts nobody again. */
function startApp(args: readonly string[], cwd: string): () => Promise<void> {
  const app = spawn(process.execPath, [APP_NAME, ...args], { stdio: 'ignore', cwd });
  const ended = new Promise<void>((resolve) => {
    app.once('exit', () => resolve());
  });
  return async () => {
    app.kill('SIGTERM');
    await ended;
  };
}

const SHOWN_MS_MAX = 20_000;

async function take(terminal: Terminal, picture: Picture): Promise<void> {
  const { line, ready, keys = [], shows, columns = COLUMNS, rows = ROWS, waitMs = 0 } = picture;
  terminal.resize(columns, rows);
  terminal.sendLine('clear');
  await waitForScreen(terminal, /^\$ *$/);
  terminal.sendLine(line);
  if (ready !== undefined) await waitForScreen(terminal, ready);
  for (const key of keys) {
    terminal.sendKey(key);
    await sleep(120);
  }
  await sleep(waitMs);
  await waitForScreen(terminal, shows);
  const screen = terminal.screen(true);
  const isPrinted = shows === PROMPT;
  const text = isPrinted ? screen.trimEnd().replace(/\n[^\n]*$/, '') : screen;
  writeFileSync(
    join(IMAGES, `cli-${picture.name}.svg`),
    renderTerminal(text, { title: picture.title, columns }),
  );
  if (!isPrinted) {
    terminal.sendKey('q');
    await terminal.waitForShell();
  }
}

async function waitForScreen(terminal: Terminal, shows: RegExp): Promise<void> {
  const isShown = (): boolean => shows.test(terminal.screen().trimEnd());
  await waitFor(String(shows), isShown, SHOWN_MS_MAX).catch((error: unknown) => {
    throw new Error(`The terminal shows:\n${terminal.screen()}`, { cause: error });
  });
}

await main();
