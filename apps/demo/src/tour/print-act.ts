/** What one act shows: the facts of the death, the plot of what was rescued, and the proof. */
import type { Act } from './acts.ts';
import type { Findings } from './findings.ts';
import { formatMs, formatSeconds } from './format-ms.ts';
import { plotSamples } from './plot.ts';
import { checksumSample } from './report.ts';
import { LAST_WORDS, type Run } from './run-to-death.ts';
import { printFact, printLine, printText, style } from './terminal.ts';
import type { Verdict } from './verdict.ts';

export function printAct(act: Act, run: Run, verdict: Verdict): void {
  if (run.findings !== undefined) {
    printFacts(run, run.findings);
    printLine();
    printLine(`${act.plot.title}, as rescued`);
    for (const line of plotSamples(run.findings.state.samples, act.plot)) printLine(line);
    printLine();
  }
  printProof(run, verdict);
}

function printFacts({ report, rescueMs, guardianSignal, stderr }: Run, findings: Findings): void {
  const { crash, guardianPid, hasReport, state } = findings;
  const collectedFor = formatSeconds(state.samples.at(-1)?.atMs ?? 0);
  printFact('collected', `${report.samples.length} samples in ${collectedFor}, in process ${crash.pid}`);
  printFact(
    'died',
    `${crash.signal ?? `exit code ${crash.exitCode}`}, a crash of kind "${crash.kind}"`,
    'yellow',
  );
  const lastWords = stderr.find((line) => line.startsWith(LAST_WORDS));
  if (lastWords !== undefined) printFact('', shorten(lastWords), 'dim');
  if (hasReport) printFact('', "with Node's diagnostic report for the rescue function to look into", 'dim');
  printFact('rescued', `${formatMs(rescueMs)} after the death, in process ${guardianPid}`);
  printFact('', `which then ended like the app, by ${guardianSignal ?? 'its exit code'}`, 'dim');
}

/** V8 tells the circumstances first: the part behind the dash is the one that counts. */
function shorten(lastWords: string): string {
  return `${LAST_WORDS}: ${lastWords.split(' - ').at(-1)}`;
}

function printProof({ report, findings, stderr }: Run, { reported, rescued, lost, flaws }: Verdict): void {
  const last = findings?.state.samples[rescued - 1];
  printFact('last reported', describeSample(reported, report.samples.at(-1)?.checksum));
  printFact('last rescued', describeSample(rescued, last && checksumSample(last)));
  printLine(style(lost === 0 ? ['green', 'bold'] : ['red', 'bold'], `lost: ${lost}`));
  if (flaws.length === 0) return;
  for (const flaw of flaws) printText(`Not as promised: ${flaw}.`, 'red');
  for (const line of stderr) printText(line, 'dim');
}

function describeSample(number: number, checksum: number | undefined): string {
  if (checksum === undefined) return 'none';
  return `sample ${number}, checksum ${checksum.toString(16).padStart(8, '0')}`;
}
