/**
 * Asks every question and writes the answers to the terminal, and with their plots to docs/benchmarks.md and docs/images.
 *
 *   node run.ts [--only <name>]... [--json]
 *
 * With `--only` the file is left alone; with `--json` standard output has the numbers instead of the tables.
 * A missed target is an answer: the exit code tells only of a bench that could not be run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawPlot } from './charts.ts';
import { describeMachine } from './machine.ts';
import { autosaveDelay } from './questions/autosave-delay.ts';
import { bytesWritten } from './questions/bytes-written.ts';
import { collectionCost } from './questions/collection-cost.ts';
import { deathToRescue } from './questions/death-to-rescue.ts';
import { expressMemory } from './questions/express-memory.ts';
import { expressRequests } from './questions/express-requests.ts';
import { expressSessions } from './questions/express-sessions.ts';
import { fileSize } from './questions/file-size.ts';
import { firstScreen } from './questions/first-screen.ts';
import { growth } from './questions/growth.ts';
import { idle } from './questions/idle.ts';
import { life } from './questions/life.ts';
import { memory } from './questions/memory.ts';
import { readCost } from './questions/read-cost.ts';
import { reactServer } from './questions/react-server.ts';
import { reactUpdate } from './questions/react-update.ts';
import { recoverTime } from './questions/recover-time.ts';
import { startUp } from './questions/start-up.ts';
import { treeCost } from './questions/tree-cost.ts';
import { writeCost } from './questions/write-cost.ts';
import { type Answer, plotPath, renderReport } from './report.ts';

const DOCUMENT = new URL('../../docs/benchmarks.md', import.meta.url);
const questions = [
  writeCost,
  readCost,
  collectionCost,
  growth,
  treeCost,
  deathToRescue,
  startUp,
  life,
  memory,
  idle,
  autosaveDelay,
  bytesWritten,
  recoverTime,
  firstScreen,
  fileSize,
  expressRequests,
  expressSessions,
  expressMemory,
  reactUpdate,
  reactServer,
];

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
});
const names = values.only ?? questions.map(({ name }) => name);
const unknown = names.find((name) => questions.every((question) => question.name !== name));
if (unknown !== undefined) {
  throw new Error(
    `There is no question "${unknown}". There are: ${questions.map(({ name }) => name).join(', ')}.`,
  );
}

const machine = describeMachine();
const answers: Record<string, Answer> = {};
for (const question of questions) {
  if (!names.includes(question.name)) continue;
  const startedAt = performance.now();
  answers[question.name] = await question.ask();
  console.error(`${question.name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

const all = Object.values(answers);
const report = renderReport(machine, all);
if (values.only === undefined) {
  mkdirSync(new URL('images/', DOCUMENT), { recursive: true });
  for (const { plots = [], table } of all) {
    for (const plot of plots) writeFileSync(new URL(plotPath(plot), DOCUMENT), drawPlot(plot, table));
  }
  writeFileSync(DOCUMENT, `${renderReport(machine, all, true)}\n`);
}
const figures = Object.fromEntries(
  Object.entries(answers).map(([name, { targets, figures }]) => [name, { targets, figures }]),
);
console.log(values.json ? JSON.stringify({ machine, questions: figures }, undefined, 2) : report);
