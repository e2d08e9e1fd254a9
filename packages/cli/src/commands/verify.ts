/** `faultguard verify`: is what an autosave holds whole? For scripts, by its exit code. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type AutosaveReading,
  checkReadable,
  examineCheckpoints,
  type ExaminedCheckpoint,
  FaultguardError,
  isActive,
  packCopy,
  readAtRest,
  readAutosave,
} from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { describeFailure, usageFailure } from '../failure.ts';
import { lookWhileActive } from '../files/read-live.ts';
import { writeOutput } from '../files/write-output.ts';
import type { Context } from '../program.ts';
import { assessReading, describeFindings, type SourceJson } from '../state/assess-reading.ts';
import { type CrashJson, describeCrash } from '../state/describe-crash.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes, formatCount, formatTime } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { addReadingOptions, examples, type ReadingOptions } from './common-options.ts';

type Verdict = 'sound' | 'damaged' | 'unusable';

const EXIT_CODES = {
  sound: ExitCode.success,
  damaged: ExitCode.notQuite,
  unusable: ExitCode.failure,
} as const;

const VERDICTS = { sound: 'sound', damaged: 'usable, with loss', unusable: 'not usable' } as const;

interface Verification {
  readonly path: string;
  readonly verdict: Verdict;
  readonly isActive: boolean;
  /** What cannot be used, and why. */
  readonly problems: readonly string[];
  /** What there is to know and no loss. */
  readonly notes: readonly string[];
  readonly checkpoints: readonly CheckpointJson[];
  /** What a recovery would use; null where there is nothing. */
  readonly source: SourceJson | null;
  readonly droppedBytes: number;
  readonly stateVersion: number | null;
  /** How the app has ended; null after a clean exit, while it runs, and where nobody knows. */
  readonly crash: CrashJson | null;
}

interface CheckpointJson {
  readonly path: string;
  readonly role: ExaminedCheckpoint['role'];
  readonly sizeBytes: number | null;
  readonly savedAt: string | null;
  readonly session: number | null;
  readonly hasState: boolean;
  readonly problem: string | null;
}

interface Options extends ReadingOptions {
  readonly repair?: true;
  readonly output?: string;
  readonly force?: true;
}

export function addVerify(program: Command, context: Context): void {
  const command = program
    .command('verify')
    .summary('Check autosaves: exit code 0 sound, 1 loss, 2 unusable')
    .description(
      'Reads all of each autosave: its checkpoints with their checksums, and the journal to its last valid record. ' +
        'Changes nothing.',
    )
    .argument('<autosave...>', 'the files that the apps name as "autosave.path"')
    .option('--repair', 'Write a sound copy of what can be used, to --output. For one autosave.')
    .option('-o, --output <file>', 'Where to write the copy.')
    .option('-f, --force', 'Replace the file of --output if it is there.');
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard verify work.xz', 'is it sound?'],
        ['faultguard verify *.xz && echo all sound', 'several; the exit code is that of the worst'],
        ['faultguard verify work.xz --repair -o sound.xz', 'what can be used of a damaged one, as one file'],
      ),
    )
    .action(async (paths: string[], options: Options) => {
      context.exitCode = await verify(paths, options, context.output);
    });
}

async function verify(paths: readonly string[], options: Options, output: Output): Promise<number> {
  const { repair, output: outputPath, textBytesMax, json } = options;
  if (repair === undefined && (outputPath !== undefined || options.force !== undefined)) {
    throw usageFailure('--output and --force go with --repair. Nothing has been written.');
  }
  if (repair !== undefined && (outputPath === undefined || paths.length > 1)) {
    throw usageFailure(
      '--repair takes one autosave, and --output <file> for the sound copy. Nothing has been written.',
    );
  }
  const verifications: Verification[] = [];
  for (const path of paths) {
    const verification = await verifyOne(path, textBytesMax, output);
    verifications.push(verification);
    if (json === undefined) print(verification, output);
  }
  const repaired =
    outputPath === undefined ? undefined : await writeCopy(paths[0] as string, outputPath, options, output);
  if (json !== undefined) output.json({ autosaves: verifications, repaired: repaired ?? null });
  else if (repaired !== undefined) {
    output.line(
      `A sound copy has been written to ${escapeText(repaired.path)} (${formatBytes(repaired.sizeBytes)}).`,
    );
  }
  return Math.max(...verifications.map(({ verdict }) => EXIT_CODES[verdict]));
}

async function verifyOne(path: string, textBytesMax: number, output: Output): Promise<Verification> {
  output.progress(`reading ${escapeText(path)}`);
  return await lookWhileActive(
    () => examine(path, textBytesMax),
    ({ verdict }) => verdict !== 'sound',
  );
}

async function examine(path: string, textBytesMax: number): Promise<Verification> {
  const absolute = resolve(path);
  let wasActive = false;
  let checkpoints: ExaminedCheckpoint[] = [];
  try {
    checkReadable(absolute);
    wasActive = isActive(absolute);
    const reading = await readAutosave(absolute, { textBytesMax });
    checkpoints = await examineCheckpoints(absolute, textBytesMax, reading);
    return verificationOf(path, wasActive, reading, checkpoints);
  } catch (error) {
    const isExpected =
      error instanceof FaultguardError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!isExpected) throw error;
    return {
      path,
      verdict: 'unusable',
      isActive: wasActive,
      problems: [describeFailure(error).message],
      notes: [],
      checkpoints: [],
      source: null,
      droppedBytes: 0,
      stateVersion: null,
      crash: null,
    };
  }
}

function verificationOf(
  path: string,
  wasActive: boolean,
  reading: AutosaveReading,
  checkpoints: readonly ExaminedCheckpoint[],
): Verification {
  const assessment = assessReading(reading, wasActive);
  const problems = [...assessment.problems];
  for (const { problem } of checkpoints) {
    const text = problem === undefined ? undefined : escapeText(problem);
    if (text !== undefined && !problems.includes(text)) problems.push(text);
  }
  return {
    path,
    verdict: problems.length === 0 ? 'sound' : 'damaged',
    isActive: wasActive,
    ...assessment,
    problems,
    checkpoints: checkpoints.map(({ savedAt, session, sizeBytes, hasState, problem, ...file }) => ({
      path: file.path,
      role: file.role,
      sizeBytes: sizeBytes ?? null,
      savedAt: savedAt?.toISOString() ?? null,
      session: session ?? null,
      hasState,
      problem: problem === undefined ? null : escapeText(problem),
    })),
  };
}

function print(verification: Verification, output: Output): void {
  const { path, verdict, isActive, problems, notes, checkpoints, source, crash } = verification;
  const style = { sound: 'green', damaged: 'yellow', unusable: 'red' } as const;
  const inUse = isActive ? ', in use by a living process' : '';
  output.line(`${escapeText(path)}: ${output.style(style[verdict], VERDICTS[verdict])}${inUse}`);
  for (const { path: file, role, sizeBytes, savedAt, hasState, problem } of checkpoints) {
    const size = sizeBytes === null ? '' : `, ${formatBytes(sizeBytes)}`;
    const what =
      problem !== null
        ? output.style('yellow', 'damaged')
        : hasState
          ? `of ${formatTime(new Date(savedAt as string))}${size}`
          : 'no state yet';
    output.line(`  ${role.padEnd(9)} ${escapeText(basename(file))}: ${what}`);
  }
  if (source?.journal != null) {
    output.line(
      `  journal   ${escapeText(basename(source.journal))}: ${formatCount(source.recordsReplayed, 'record')} behind the checkpoint`,
    );
  }
  if (crash !== null) output.line(`  ended     ${describeCrash(crash)}`);
  for (const line of describeFindings(problems, notes, output)) output.line(line);
  if (verdict === 'damaged' && !isActive) {
    output.line(`  Everything is as it was. A sound copy of what can be used: --repair --output <file>`);
  }
}

interface Repaired {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Of xz, as the library writes autosaves. */
const PRESET = 1;

async function writeCopy(
  path: string,
  outputPath: string,
  options: Options,
  output: Output,
): Promise<Repaired> {
  const { textBytesMax, force = false } = options;
  const reading = await readAtRest(resolve(path), { textBytesMax, isUnfinished: true });
  output.progress(`writing ${escapeText(outputPath)}`);
  const sizeBytes = await writeOutput(outputPath, { force, sources: [path] }, async (file) => {
    await packCopy(reading, PRESET, (bytes) => file.write(bytes));
  });
  return { path: outputPath, sizeBytes };
}
