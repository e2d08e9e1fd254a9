import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasTmux, openTerminal, type Terminal } from '@faultguard/test-kit/tmux-terminal';
import { runChild } from '../child-process.ts';
import { inDiskDirectory } from '../disk-directory.ts';
import { formatNumber, formatRange } from '../report.ts';
import type { RowKind } from '../row-kinds.ts';
import { ROW_BYTES } from '../rows.ts';
import { summarize } from '../statistics.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const LEFT_CHECKPOINT = new URL('../processes/left-checkpoint.ts', import.meta.url);
const PROGRAM = fileURLToPath(new URL('dist/main.js', import.meta.resolve('@faultguard/cli/package.json')));
const RUNS = 3;
const ROWS = 100e6 / ROW_BYTES;
const SECONDS_MAX = 3;
const TIMEOUT_MS = 180_000;
const SHOWN_MS_MAX = 30_000;

interface Case {
  readonly name: string;
  readonly rows: number;
  /** Of the words behind `faultguard`. */
  readonly wordsOf: (path: string) => string;
  readonly shows: string;
  /** Typed to leave it. */
  readonly leave: string | undefined;
}

const CASES: readonly Case[] = [
  {
    name: '`inspect` of 100 MB: the tree is there',
    rows: ROWS,
    wordsOf: (path) => `inspect ${path}`,
    shows: 'rows: Array(',
    leave: 'q',
  },
  {
    name: '`inspect --plain` of the same: it is printed',
    rows: ROWS,
    wordsOf: (path) => `inspect ${path} --plain`,
    shows: 'rows: Array(',
    leave: undefined,
  },
  {
    name: '`inspect` of one object: the tree is there',
    rows: 1,
    wordsOf: (path) => `inspect ${path}`,
    shows: 'rows: Array(',
    leave: 'q',
  },
  {
    name: '`watch`: the table is there',
    rows: 1,
    wordsOf: () => 'watch',
    shows: ' by appended',
    leave: 'q',
  },
  { name: '`--version`', rows: 1, wordsOf: () => '--version', shows: '0.', leave: undefined },
];

export const firstScreen: Question = {
  name: 'first-screen',
  async ask() {
    const measured = new Map<string, readonly number[]>();
    // Without tmux there is no terminal to look at, and no figure.
    if (hasTmux)
      for (const one of CASES) measured.set(one.name, await inDiskDirectory((at) => measure(one, at)));
    const ofLarge = measured.get((CASES[0] as Case).name);
    return {
      question: 'How long until `faultguard` shows something?',
      method: [
        `Seconds from the enter key to the text on the screen of a terminal (tmux), ${RUNS} times each, the process' start included. ` +
          `The state of 100 MB consists of ${ROWS.toLocaleString('en-US')} objects, as above, and is in the page cache.`,
      ],
      table: {
        columns: ['what', 'seconds', 'from – to'],
        rows: [...measured].map(([name, seconds]) => {
          const { median, lowest, highest } = summarize(seconds);
          return [name, formatNumber(median), formatRange(lowest, highest)];
        }),
      },
      targets:
        ofLarge === undefined
          ? []
          : [wantAtMost('first screen of 100 MB', summarize(ofLarge).median, SECONDS_MAX, 's')],
      figures: Object.fromEntries(measured),
    };
  },
};

async function measure({ rows, wordsOf, shows, leave }: Case, directory: string): Promise<number[]> {
  const path = join(directory, 'state.xz');
  await runChild(LEFT_CHECKPOINT, {
    args: [path, rows, 'uniform' satisfies RowKind, 0],
    timeoutMs: TIMEOUT_MS,
  });
  const terminal = await openTerminal({ LANG: 'C.UTF-8', TERM: 'xterm-256color' });
  try {
    const runs: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      terminal.sendLine('clear');
      await waitForScreen(terminal, (screen) => screen.trim() === '$');
      const beganMs = performance.now();
      terminal.sendLine(`'${process.execPath}' '${PROGRAM}' ${wordsOf(path)}`);
      await waitForScreen(terminal, (screen) => screen.includes(shows));
      runs.push((performance.now() - beganMs) / 1000);
      if (leave !== undefined) terminal.sendKey(leave);
      await terminal.waitForShell();
    }
    return runs;
  } finally {
    await terminal.close();
  }
}

async function waitForScreen(terminal: Terminal, isThere: (screen: string) => boolean): Promise<void> {
  for (const deadlineMs = performance.now() + SHOWN_MS_MAX; performance.now() < deadlineMs;) {
    if (isThere(terminal.screen())) return;
    await sleep(5);
  }
  throw new Error(`The terminal shows:\n${terminal.screen()}`);
}
