/**
 * The configuration of `run`: an object with the options of the API, of JSON, or the default export of a module. What is in it is
 * relative to the directory in which it lies.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkRunSettings, type RunSettings } from '@faultguard/core/internal';
import { usageFailure } from '../failure.ts';
import { parseModule } from './parse-values.ts';

const NAMES = ['faultguard.config.json', 'faultguard.config.js'] as const;
/** Some settings take a kilobyte. */
const BYTES_MAX = 1024 * 1024;

/** `named`: by the user; else the one that lies in the current directory, if one does. Throws Failure. */
export async function readConfig(named: string | undefined): Promise<RunSettings> {
  const path = named === undefined ? findConfig() : resolve(named);
  if (path === undefined) return {};
  const refuse = (reason: string): never => {
    throw usageFailure(`The configuration ${path} cannot be used: ${reason} Nothing has been started.`);
  };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return refuse('it is not there.');
  if (!stat.isFile()) return refuse('it is no file.');
  if (stat.size > BYTES_MAX) return refuse(`it has more than ${BYTES_MAX} bytes.`);
  let settings: unknown;
  try {
    settings = fromDirectory(await readValue(path), dirname(path));
    checkRunSettings(settings);
  } catch (error) {
    return refuse(sentence((error as Error | undefined)?.message ?? 'it throws something that is no error'));
  }
  return settings;
}

function findConfig(): string | undefined {
  const [found, another] = NAMES.filter((name) => existsSync(name));
  if (another === undefined) return found && resolve(found);
  throw usageFailure(
    `There are two configurations here, ${NAMES.join(' and ')}. Nothing has been started. Remove one, or name one by --config.`,
  );
}

async function readValue(path: string): Promise<unknown> {
  if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  return ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default;
}

/** What is no object is for the check to refuse. */
function fromDirectory(value: unknown, directory: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { autosave, journal, rescue, dossierDirectory } = value as Record<string, unknown>;
  const path = (text: unknown): unknown =>
    typeof text === 'string' && text !== '' ? resolve(directory, text) : text;
  return {
    ...value,
    ...(isObject(autosave) &&
      'path' in autosave && { autosave: { ...autosave, path: path(autosave['path']) } }),
    ...(isObject(journal) &&
      'directory' in journal && { journal: { ...journal, directory: path(journal['directory']) } }),
    ...(typeof rescue === 'string' && { rescue: parseModule(rescue, directory) }),
    ...(rescue instanceof URL && { rescue: parseModule(rescue.href) }),
    ...(dossierDirectory !== undefined && { dossierDirectory: path(dossierDirectory) }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
