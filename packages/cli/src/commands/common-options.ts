/** Options that several commands have, with the same meaning in each; and how examples stand in a help. */
import { TEXT_BYTES_MAX } from '@faultguard/core/internal';
import { type Command, InvalidArgumentError } from 'commander';

export function addJsonOption(command: Command): void {
  command.option('--json', 'Print JSON, of the shape that docs/reference/cli.md tells.');
}

/** What every command can be told that reads an autosave. */
export interface ReadingOptions {
  readonly textBytesMax: number;
  readonly json?: true;
}

export function addReadingOptions(command: Command): void {
  command.option(
    '--text-bytes-max <bytes>',
    'Refuse a checkpoint that unpacks to more: a small file can be made to fill any memory.',
    parseWholeNumber(1, TEXT_BYTES_MAX),
    TEXT_BYTES_MAX,
  );
  addJsonOption(command);
}

export function addPathOption(command: Command, description: string): void {
  command.option('-p, --path <path>', description);
}

const DEPTH_DEFAULT = 2;
/** The tree is walked by recursion. */
const DEPTH_MAX = 100;

/** Of a tree that is printed. */
export function addDepthOption(command: Command, description: string): void {
  command.option('-d, --depth <levels>', description, parseWholeNumber(0, DEPTH_MAX), DEPTH_DEFAULT);
}

/** Of an option that takes a whole number within limits. */
export function parseWholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`It has to be a whole number from ${lowest} to ${highest}.`);
  };
}

export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command}\n      ${what}`).join('\n')}`;
}
