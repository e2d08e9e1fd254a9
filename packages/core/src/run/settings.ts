/**
 * What `faultguard run` wants of the guard of the program that it runs. It wins over what the program's code says, option by
 * option; what it says nothing of is as the code has it. `null` is a wish too: none of that.
 */
import { fileURLToPath } from 'node:url';
import { InvalidOptionError } from '../errors.ts';
import {
  type AttachOptions,
  type AutosaveOptions,
  checkAttachOptions,
  checkRecord,
  checkStartOptions,
  describe,
  type DossierOptions,
  type JournalOptions,
  type RestartOptions,
  type StartOptions,
} from '../options.ts';
import { runSettingsText } from '../platform/process-at-start.ts';

/** Of the options of the API those that are no code. */
export interface RunSettings {
  readonly autosave?: Partial<AutosaveOptions> | null;
  readonly restart?: RestartOptions | null;
  readonly hangTimeoutMs?: number | null;
  /** The `file:` URL of a module. */
  readonly rescue?: string | null;
  readonly rescueTimeoutMs?: number;
  readonly journal?: JournalOptions;
  readonly dossier?: DossierOptions;
  readonly redact?: readonly string[];
  /** An existing directory, for a dossier of each crash. */
  readonly dossierDirectory?: string | null;
}

const RUN_SETTING_NAMES: readonly string[] = [
  'autosave',
  'restart',
  'hangTimeoutMs',
  'rescue',
  'rescueTimeoutMs',
  'journal',
  'dossier',
  'redact',
  'dossierDirectory',
] satisfies (keyof RunSettings)[];

/** For a dossier of each crash, as `faultguard run` wants it. */
export function dossierDirectory(): string | undefined {
  const { dossierDirectory } = inheritedSettings();
  return typeof dossierDirectory === 'string' ? dossierDirectory : undefined;
}

/** Of this process. Empty for one that nobody runs. */
function inheritedSettings(): RunSettings {
  if (runSettingsText === undefined) return {};
  try {
    const settings: unknown = JSON.parse(runSettingsText);
    return typeof settings === 'object' && settings !== null ? settings : {};
  } catch {
    return {};
  }
}

/** Throws InvalidOptionError for the first setting that means nothing, by its name in the API. */
export function checkRunSettings(settings: unknown): asserts settings is RunSettings {
  checkRecord('options', settings, new Set(RUN_SETTING_NAMES));
  const { dossierDirectory } = settings;
  if (dossierDirectory != null && (typeof dossierDirectory !== 'string' || dossierDirectory === '')) {
    throw new InvalidOptionError(
      'dossierDirectory',
      `has to be the path of a directory, not ${describe(dossierDirectory)}.`,
    );
  }
  const { autosave } = settings;
  if (autosave != null) checkRecord('autosave', autosave, AUTOSAVE_NAMES);
  // A place may be missing: then it is the code's.
  const wanted = settle({ ...settings, ...(autosave != null && { autosave: { path: '.', ...autosave } }) });
  const options = Object.entries(wanted).filter(([, value]) => value !== null);
  checkStartOptions({ launch: () => {}, ...Object.fromEntries(options) });
}

/** Those of an autosave that are no code. */
const AUTOSAVE_NAMES: ReadonlySet<string> = new Set([
  'path',
  'intervalMs',
  'keep',
  'existing',
  'preset',
  'loadMax',
]);

/** The options that the code gives to `start`, with what is wanted instead, checked again. Throws InvalidOptionError. */
export function withStartSettings(options: StartOptions<object>): StartOptions<object> {
  const wanted = settle(inheritedSettings());
  if (Object.keys(wanted).length === 0) return options;
  const merged = merge(options, wanted);
  checkStartOptions(merged);
  return merged;
}

/** The same of `attach`: whether it is started again is not for an app to say. */
export function withAttachSettings(options: AttachOptions<object>): AttachOptions<object> {
  const { restart: _, ...wanted } = settle(inheritedSettings());
  if (Object.keys(wanted).length === 0) return options;
  const merged = merge(options, wanted);
  checkAttachOptions(merged);
  return merged;
}

function merge(options: object, wanted: Record<string, unknown>): unknown {
  const merged = new Map<string, unknown>(Object.entries(options));
  for (const [name, value] of Object.entries(wanted)) {
    const given = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isGroup(value) && isGroup(given)) merged.set(name, { ...given, ...value });
    // Neither says where: what is wanted of an autosave is wanted of one that there is.
    else if (name !== 'autosave' || 'path' in (value as object)) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** As the API has it. */
function settle(settings: RunSettings): Record<string, unknown> {
  const { dossierDirectory: _, rescue, ...options } = settings;
  return { ...options, ...(rescue !== undefined && { rescue: rescue === null ? null : toUrl(rescue) }) };
}

function toUrl(rescue: string): URL {
  try {
    const url = new URL(rescue);
    fileURLToPath(url);
    return url;
  } catch {
    throw new InvalidOptionError('rescue', `has to be the file: URL of a module, not ${describe(rescue)}.`);
  }
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof URL);
}
