/** All settings of one `run`: flags before variables (both by commander) before the configuration. */
import { statSync } from 'node:fs';
import { checkRunSettings, type RunSettings } from '@faultguard/core/internal';
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

/** What a message of the library calls them. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['autosave.path', '--autosave'],
  ['autosave.intervalMs', '--interval'],
  ['restart.max', '--restart'],
  ['restart.withinMs', '--restart'],
  ['restart.backoffMs', '--backoff'],
  ['hangTimeoutMs', '--hang-timeout'],
]);

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
    const flag = FLAGS.get(option ?? '');
    throw usageFailure(flag === undefined ? message : message.replace(`Option "${option}"`, flag));
  }
  const directory = settings.dossierDirectory;
  if (directory != null && statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageFailure(
      `There is no directory ${directory} for dossiers. Nothing has been started. Make it first.`,
    );
  }
  return settings;
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
