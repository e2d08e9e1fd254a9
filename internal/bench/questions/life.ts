import { numberOf, runChild, startChild } from '../child-process.ts';
import { readMemory } from '../proc-files.ts';
import { formatMegabytes, formatNumber, formatRange } from '../report.ts';
import { ROW_BYTES } from '../rows.ts';
import { summarize } from '../statistics.ts';
import { wantAtMost } from '../targets.ts';
import type { Question } from './question.ts';

const ATTACHING = new URL('../processes/attaching-app.mjs', import.meta.url);
const RESTARTING = new URL('../processes/restarting-app.mjs', import.meta.url);
const EMPTY = new URL('../processes/empty-app.mjs', import.meta.url);
const WATCHED = new URL('../processes/watched-app.ts', import.meta.url);

const ATTACH_RUNS = 15;
const RESTART_RUNS = 5;
const WATCHED_RUNS = 6;
const STATE_BYTES = 10e6;

export const life: Question = {
  name: 'life',
  async ask() {
    const { attachMs: first, importMs: imported } = await attach('first');
    const { attachMs: loaded } = await attach('loaded');
    const restarted = await restart();
    const plain = await startPlain();
    const shares = await watch();
    const guardianBytes = await measureGuardian();
    const rows: readonly (readonly [string, readonly number[]])[] = [
      ['`import` of the library, ms', imported],
      ['`attach()` until it returns, first call of the process, ms', first],
      ['`attach()` until it returns, modules loaded before, ms', loaded],
      ['from death to `launch` of the next life, 10 MB of state, ms', restarted],
      ['plain start of the same file, ms', plain],
      ['heartbeat and flight recorder, % of a processor', shares.map((share) => share * 100)],
    ];
    const overPlainMs = summarize(restarted).median - summarize(plain).median;
    return {
      question: 'What do attach, restarts and the watchdog cost?',
      method: [
        `\`attach()\`: what one call keeps a process, ${ATTACH_RUNS} runs. Before the second kind of call there has been ` +
          'another, so that no code is loaded any more. The `import` stands before either.',
        `Restart: a state of 10 MB of JSON (rows of ${ROW_BYTES} bytes), built and left alone for 6 s; from the instruction ` +
          'before a SIGKILL until `launch` runs again with all of it, without an autosave of its own. "Plain": from ' +
          '`spawn` until the same file, unguarded, has begun.',
        'Heartbeat and flight recorder: processor time of an app that changes its state 100,000 times a second for 4 s, ' +
          'with a watchdog of 1 s and the dossier as it is by default, less that of the same app without both; runs ' +
          'take turns, and the difference is one of each pair. A negative share is noise.',
      ],
      table: {
        columns: ['', 'runs', 'median', 'from – to'],
        rows: [
          ...rows.map(([name, values]) => {
            const { count, median, lowest, highest } = summarize(values);
            return [name, String(count), formatNumber(median), formatRange(lowest, highest)];
          }),
          ['resident memory of a guardian with an empty state, MB', '1', formatMegabytes(guardianBytes), ''],
        ],
      },
      plots: [
        {
          kind: 'bars',
          name: 'life',
          title: 'Attaching and starting again: milliseconds',
          labels: [''],
          values: ['median'],
          unit: 'ms',
          rows: ([what]) => !/resident|%/.test(what ?? ''),
        },
      ],
      slower: [
        'The first `attach()` of a process loads the modules and maps the journal; what is left when they are loaded is one spawn of a process.',
        'A restart reads the state back, and puts it into a new journal, before `launch` is called.',
      ],
      targets: [
        wantAtMost(
          'attach() returns',
          summarize(first).median,
          5,
          'ms',
          `modules loaded: ${formatNumber(summarize(loaded).median)} ms`,
        ),
        wantAtMost('heartbeat and flight recorder', summarize(shares).median * 100, 1, '% of a processor'),
        wantAtMost('restart with 10 MB, over a plain start', overPlainMs, 300, 'ms'),
        wantAtMost('guardian with an empty state', guardianBytes / 1e6, 60, 'MB'),
      ],
      figures: { imported, first, loaded, restarted, plain, shares, guardianBytes },
    };
  },
};

async function attach(
  what: 'first' | 'loaded',
): Promise<{ readonly attachMs: number[]; readonly importMs: number[] }> {
  const attachMs: number[] = [];
  const importMs: number[] = [];
  for (let run = 0; run < ATTACH_RUNS; run++) {
    const facts = await runChild(ATTACHING, { args: [what] });
    attachMs.push(numberOf(facts, 'attachMs'));
    importMs.push(numberOf(facts, 'importMs'));
  }
  return { attachMs, importMs };
}

async function restart(): Promise<number[]> {
  const rows = STATE_BYTES / ROW_BYTES;
  const ms: number[] = [];
  for (let run = 0; run < RESTART_RUNS; run++) {
    const facts = await runChild(RESTARTING, { args: ['restarted', rows] });
    if (numberOf(facts, 'rows') !== rows) throw new Error(`Restarted with ${facts['rows']} rows.`);
    ms.push((numberOf(facts, 'launchedAtNs') - numberOf(facts, 'diedAtNs')) / 1e6);
  }
  return ms;
}

async function startPlain(): Promise<number[]> {
  const ms: number[] = [];
  for (let run = 0; run < ATTACH_RUNS; run++) {
    const child = startChild(RESTARTING, { args: ['plain', 0] });
    ms.push((numberOf(await child.ended, 'launchedAtNs') - child.startedAtNs) / 1e6);
  }
  return ms;
}

async function measureGuardian(): Promise<number> {
  const child = startChild(EMPTY, { end: 'SIGKILL' });
  const facts = await child.told('appPid');
  const { resident } = readMemory(numberOf(facts, 'guardianPid'));
  process.kill(numberOf(facts, 'appPid'), 'SIGKILL');
  await child.ended;
  return resident;
}

/** Of a processor, for each pair of runs. */
async function watch(): Promise<number[]> {
  const shares: number[] = [];
  for (let run = 0; run < WATCHED_RUNS; run++) {
    const watched = await runChild(WATCHED, { args: ['watched'] });
    const bare = await runChild(WATCHED, { args: ['bare'] });
    shares.push((numberOf(watched, 'cpuMs') - numberOf(bare, 'cpuMs')) / numberOf(watched, 'elapsedMs'));
  }
  return shares;
}
