/** What flags of `run` and their variables say, as values of the API. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { statSync } from 'node:fs';
import type { RunSettings } from '@faultguard/core/internal';
import { InvalidArgumentError } from 'commander';
import { DURATION_FORMS, parseDuration } from '../terminal/parse-duration.ts';

type Restart = NonNullable<RunSettings['restart']>;

/** Milliseconds of a duration. Throws InvalidArgumentError. */
export function parseMs(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new InvalidArgumentError(`It has to be a duration: ${DURATION_FORMS}.`);
  return durationMs;
}

/** `false` is: none. */
export function parseMsOrNone(text: string): number | false {
  return text !== NONE && parseMs(text);
}

/** `5`, or `5/60s`. */
export function parseRestart(text: string): Restart | false {
  if (text === NONE) return false;
  const [, max, within] = /^(\d+)(?:\/(.+))?$/.exec(text) ?? [];
  if (max === undefined) {
    throw new InvalidArgumentError(
      'It has to be a number of restarts, or that number within a time: 5, 5/60s; or none.',
    );
  }
  return { max: Number(max), ...(within !== undefined && { withinMs: parseMs(within) }) };
}

/** Absolute. */
export function parsePathOrNone(text: string): string | false {
  return text !== NONE && resolve(text);
}

export function parseModuleOrNone(text: string): string | false {
  return text !== NONE && parseModule(text);
}

/** The URL of a module that is there, relative to `directory`. */
export function parseModule(text: string, directory: string = process.cwd()): string {
  const path = text.startsWith('file:') ? pathOf(text) : resolve(directory, text);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new InvalidArgumentError(`There is no module ${path}.`);
  }
  return pathToFileURL(path).href;
}

const NONE = 'none';

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InvalidArgumentError(`It is no URL of a file: ${(error as Error).message}.`);
  }
}
