/**
 * The product's main job in front of your eyes: an app that measures this machine dies three times, and
 * nothing that it had collected is lost.
 *
 * Ends with code 0 when every death was the expected one and every sample was rescued, else with 1.
 */
import { acts } from './acts.ts';
import { formatSeconds } from './format-ms.ts';
import { printAct } from './print-act.ts';
import { printSummary, type Result } from './print-summary.ts';
import { runToDeath } from './run-to-death.ts';
import { printHeading, printLine, printText, StatusLine, style } from './terminal.ts';
import { judge } from './verdict.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interruption.abort());
}

printLine();
printLine(`${style(['bold', 'cyan'], 'faultguard')}  ${style('bold', 'Your app dies. Its data does not.')}`);
printLine();
printText(
  'An app measures this machine every few milliseconds (processors, memory, event loop) and keeps the ' +
    'samples in ordinary objects and arrays. Three times its process dies in the middle of the work. Each ' +
    'time the rescue function gets the state, and the tour compares it with what the app had reported, by ' +
    'another route, up to its death.',
);

const results: Result[] = [];
for (const [index, act] of acts.entries()) {
  printHeading(`${index + 1} of ${acts.length}`, act.title);
  printText(act.setting);
  printLine();
  const status = new StatusLine();
  status.show('starting');
  const run = await runToDeath(act, interruption.signal, ({ collected, elapsedMs }) => {
    status.show(`collecting     ${collected} samples, ${formatSeconds(elapsedMs)}`);
  });
  status.clear();
  if (interruption.signal.aborted) break;
  const verdict = judge(act, run.report, run.findings);
  printAct(act, run, verdict);
  results.push({ act, verdict, rescueMs: run.rescueMs });
}

if (interruption.signal.aborted) {
  printText('Interrupted. Nothing has been left behind.');
  process.exitCode = 130;
} else {
  printSummary(results);
  process.exitCode = results.every(({ verdict }) => verdict.flaws.length === 0) ? 0 : 1;
}
