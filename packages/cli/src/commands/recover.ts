/** `faultguard recover`: the state of an app that has died, as a file that other programs read. */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { encodeSuperjson, readAtRest } from '@faultguard/core/internal';
import { ExitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { checkOutput, type OutputFile, writeOutput } from '../files/write-output.ts';
import type { Context } from '../program.ts';
import { assessReading, describeAssessment } from '../state/assess-reading.ts';
import { encodeCsv, encodeLines } from '../state/export-rows.ts';
import { hasTooManyHoles } from '../state/holes.ts';
import { findPlace, parsePath } from '../state/path.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';
import { addPathOption, addReadingOptions, examples, type ReadingOptions } from './common-options.ts';

const FORMATS = ['json', 'superjson', 'ndjson', 'csv'] as const;
type Format = (typeof FORMATS)[number];

interface Options extends ReadingOptions {
  readonly output: string;
  readonly format?: Format;
  readonly path?: string;
  readonly force?: true;
}

export function addRecover(program: Command, context: Context): void {
  const command = program
    .command('recover')
    .summary('Write the state of a dead app to a file: JSON, CSV…')
    .description(
      'Reads the newest state that the app had, from the last checkpoint and the journal, and writes it to a file of its ' +
        'own. The autosave stays as it is.',
    )
    .argument('<autosave>', 'the file that the app names as "autosave.path"')
    .requiredOption('-o, --output <file>', 'Where to write it; - for standard output.')
    .addOption(
      new Option(
        '--format <format>',
        'What to write. Without it: by the end of the name, else json.',
      ).choices(FORMATS),
    );
  addPathOption(command, 'Only what stands there: users.3.name');
  command.option('-f, --force', 'Replace the file of --output if it is there.');
  addReadingOptions(command);
  command
    .addHelpText(
      'after',
      examples(
        ['faultguard recover work.xz -o state.json', 'everything, for any program that reads JSON'],
        ['faultguard recover work.xz -o rows.csv --path rows', 'one list as a table'],
        [
          'faultguard recover work.xz -o - --format ndjson --path rows | head',
          'its first elements, one a line',
        ],
        [
          'faultguard recover work.xz -o state.json --format superjson',
          'with Maps, Dates…, for superjson.parse()',
        ],
      ),
    )
    .action(async (path: string, options: Options) => {
      context.exitCode = await recover(path, options, context.output);
    });
}

const STANDARD_OUTPUT = '-';

async function recover(path: string, options: Options, output: Output): Promise<number> {
  const { output: outputPath, textBytesMax, force = false, json } = options;
  const isToOutput = outputPath === STANDARD_OUTPUT;
  if (isToOutput && json !== undefined) {
    throw usageFailure('--json and --output - both want standard output. Nothing has been written.');
  }
  const steps = options.path === undefined ? [] : parsePath(options.path);
  const format = options.format ?? formatOf(outputPath);
  const writing = { force, sources: [path] };
  if (!isToOutput) checkOutput(outputPath, writing);

  output.progress(`reading ${escapeText(path)}`);
  const reading = await readAtRest(resolve(path), {
    textBytesMax,
    onUnpacked: (bytes) => output.progress(`reading ${escapeText(path)}: ${formatBytes(bytes)}`),
  });
  const assessment = assessReading(reading, false);
  const { value } = findPlace(reading.state, steps);
  if (hasTooManyHoles(value, format === 'json' || format === 'superjson')) {
    throw new Failure(
      'OUTPUT_TOO_LARGE',
      'An array says that it is far longer than it has elements, and each place would be written out. Nothing has been ' +
        'written, and the autosave is as it was. --path takes a part of the state; faultguard inspect shows where it is.',
    );
  }
  const pieces = encode(value, format);
  const sizeBytes = isToOutput
    ? await copy(pieces, { write: (text) => output.raw(text as string) }, textBytesMax, output)
    : await writeOutput(outputPath, writing, (file) => copy(pieces, file, textBytesMax, output));

  if (json === undefined) {
    const say = isToOutput ? (text: string) => output.note(text) : (text: string) => output.line(text);
    if (!isToOutput)
      say(`${escapeText(outputPath)} has been written (${format}, ${formatBytes(sizeBytes)}).`);
    for (const line of describeAssessment(assessment, output)) say(line);
  } else output.json({ path, output: { path: outputPath, format, sizeBytes }, ...assessment });
  return assessment.problems.length === 0 ? ExitCode.success : ExitCode.notQuite;
}

function formatOf(name: string): Format {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson';
  return /\.csv$/i.test(name) ? 'csv' : 'json';
}

function encode(value: unknown, format: Format): Iterable<string> {
  switch (format) {
    case 'ndjson':
      return encodeLines(value);
    case 'csv':
      return encodeCsv(value);
    default:
      return encodeDocument(value, format === 'json');
  }
}

function* encodeDocument(value: unknown, isPlain: boolean): Generator<string> {
  yield* encodeSuperjson(value, { isPlain });
  yield '\n';
}

/** Rows are short: one write for many. */
const PIECE_CHARS = 65_536;

async function copy(
  pieces: Iterable<string>,
  file: OutputFile,
  bytesMax: number,
  output: Output,
): Promise<number> {
  let piece = '';
  let bytes = 0;
  const flush = async (): Promise<void> => {
    bytes += Buffer.byteLength(piece);
    // What is shared is written out at each of its places: thirty objects can be made to be a thousand million.
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    await file.write(piece);
    output.progress(`writing: ${formatBytes(bytes)}`);
    piece = '';
  };
  for (const next of pieces) {
    piece += next;
    if (piece.length >= PIECE_CHARS) await flush();
    if (output.isClosed) break;
  }
  await flush();
  return bytes;
}

function tooLarge(bytesMax: number): Failure {
  return new Failure(
    'OUTPUT_TOO_LARGE',
    `The text would have more than ${bytesMax} bytes: objects that stand at several places are written out at each. ` +
      'The autosave is as it was. --format superjson writes each once; --path takes a part of it.',
  );
}
