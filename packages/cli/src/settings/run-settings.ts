/** All settings of one `run`: flags before variables (both by commander) before the configuration. */
import { statSync } from 'node:fs';
import { checkRunSettings, RUN_FLAGS, type RunSettings } from '@faultguard/core/internal';
import { usageFailure } from '../failure.ts';

type Autosave = NonNullable<RunSettings['autosave']>;

/** As commander hands them over; `false` is: none. (`null` is nothing for it.) */
export interface RunOptions {
  readonly autosave?: string | false;
  readonly interval?: number;
  readonly existing?: Autosave['existing'];
  readonly keep?: Autosave['keep'];
  readonly restart?: NonNullable<RunSettings['restart']> | false;
  readonly backoff?: number;
  readonly hangTimeout?: number | false;
  readonly rescue?: string | false;
  readonly dossiers?: string | false;
}

/** Throws Failure. */
export function combineSettings(options: RunOptions, config: RunSettings): RunSettings {
  const { hangTimeout, rescue, dossiers } = options;
  const autosave = combineAutosave(options, config.autosave);
  const restart = combineRestart(options, config.restart);
  const settings: RunSettings = {
    ...config,
    ...(autosave !== undefined && { autosave }),
    ...(restart !== undefined && { restart }),
    ...(hangTimeout !== undefined && { hangTimeoutMs: hangTimeout === false ? null : hangTimeout }),
    ...(rescue !== undefined && { rescue: rescue || null }),
    ...(dossiers !== undefined && { dossierDirectory: dossiers || null }),
  };
  try {
    checkRunSettings(settings);
  } catch (error) {
    const { message, option } = error as Error & { readonly option?: string };
    throw usageFailure(option === undefined ? message : inFlags(message, option));
  }
  const directory = settings.dossierDirectory;
  if (directory != null && statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageFailure(
      `There is no directory ${directory} for dossiers. Nothing has been started. Make it first.`,
    );
  }
  return settings;
}

/** What the library says of an option, said of the flag that gives it. */
function inFlags(message: string, option: string): string {
  const flag = RUN_FLAGS.get(option);
  if (flag === undefined) return message;
  const said = message.replace(`Option "${option}"`, flag);
  return option.endsWith('Ms') ? said.replace('a whole number', 'a whole number of milliseconds') : said;
}

/** Undefined: as the program's code has it. */
function combineAutosave(
  { autosave: path, interval, existing, keep }: RunOptions,
  config: RunSettings['autosave'],
): RunSettings['autosave'] {
  if (path === false) return null;
  const given = {
    ...(path !== undefined && { path }),
    ...(interval !== undefined && { intervalMs: interval }),
    ...(existing !== undefined && { existing }),
    ...(keep !== undefined && { keep }),
  };
  return Object.keys(given).length === 0 ? config : { ...config, ...given };
}

function combineRestart(
  { restart, backoff }: RunOptions,
  config: RunSettings['restart'],
): RunSettings['restart'] {
  const combined = restart === undefined ? config : restart === false ? null : { ...config, ...restart };
  if (backoff === undefined) return combined;
  if (combined == null) {
    throw usageFailure('--backoff says how long to wait before a restart, and needs --restart.');
  }
  return { ...combined, backoffMs: backoff };
}
