/** Where the settings of `run` come from: flags before variables before a configuration before the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseRestart, parseMs, parseMsOrNone } from '../../src/settings/parse-values.ts';
import { combineSettings } from '../../src/settings/run-settings.ts';
import { temporaryDirectory } from '../fixtures/run-cli.ts';
import { runApp, startRun } from '../fixtures/run/start-run.ts';

interface Given {
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** By name, in the current directory. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What the program is told, or what is said instead. */
async function settingsOf({ flags = [], env = {}, files = {} }: Given): Promise<{
  readonly cwd: string;
  readonly settings: unknown;
  readonly stderr: string;
  readonly exitCode: number | null;
}> {
  const cwd = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const command = [process.execPath, '-p', 'process.env.FAULTGUARD_RUN'];
  const { stdout, stderr, exitCode } = await startRun(flags, command, { cwd, env }).ended;
  return { cwd, settings: stdout === '' ? undefined : (JSON.parse(stdout) as unknown), stderr, exitCode };
}

const config = (value: object): Record<string, string> => ({
  'faultguard.config.json': JSON.stringify(value),
});

describe('values', () => {
  test('times, restarts, and none', () => {
    expect(parseMs('10s')).toBe(10_000);
    expect(() => parseMs('none')).toThrow('It has to be a duration: 500ms, 10s');
    expect(parseRestart('5')).toEqual({ max: 5 });
    expect(parseRestart('5/1m')).toEqual({ max: 5, withinMs: 60_000 });
    expect([parseRestart('none'), parseMsOrNone('none')]).toEqual([false, false]);
  });

  test('each flag replaces what it names, and nothing else', () => {
    const file = {
      autosave: { path: '/a.xz', keep: 'always', intervalMs: 100 },
      restart: { max: 3, healthyMs: 50 },
      hangTimeoutMs: 1000,
      redact: ['user.password'],
    } as const;
    expect(combineSettings({}, file)).toEqual(file);
    expect(
      combineSettings({ interval: 200, restart: { max: 9 }, backoff: 10, hangTimeout: false }, file),
    ).toEqual({
      autosave: { path: '/a.xz', keep: 'always', intervalMs: 200 },
      restart: { max: 9, healthyMs: 50, backoffMs: 10 },
      hangTimeoutMs: null,
      redact: ['user.password'],
    });
    expect(combineSettings({ autosave: false, restart: false }, file)).toMatchObject({
      autosave: null,
      restart: null,
    });
  });
});

describe('precedence', () => {
  test('a flag wins over a variable, a variable over the configuration', async () => {
    const files = config({ hangTimeoutMs: 1000 });
    const env = { FAULTGUARD_HANG_TIMEOUT: '2s' };
    const flags = ['--hang-timeout', '3s'];
    expect((await settingsOf({ files })).settings).toEqual({ hangTimeoutMs: 1000 });
    expect((await settingsOf({ files, env })).settings).toEqual({ hangTimeoutMs: 2000 });
    expect((await settingsOf({ files, env, flags })).settings).toEqual({ hangTimeoutMs: 3000 });
  });

  test('all of these win over the code, which keeps the rest', async () => {
    const directory = temporaryDirectory();
    const options = { autosave: { path: join(directory, 'code.xz'), keep: 'always', existing: 'discard' } };
    const env = { FAULTGUARD_AUTOSAVE: join(directory, 'variable.xz') };
    const { exitCode } = await runApp([], { by: 'attach', options }, { env });
    expect(exitCode).toBe(0);
    const resumed = await runApp(['--existing', 'resume'], { by: 'start', options }, { env });
    // Kept after a clean exit, as the code says, where the variable says.
    expect(resumed.said[0]).toMatchObject({ count: 1 });
  });

  test('every setting has a variable', async () => {
    const { cwd, settings } = await settingsOf({
      files: { 'rescue.mjs': '', 'dossiers/.keep': '' },
      env: {
        FAULTGUARD_AUTOSAVE: 'work.xz',
        FAULTGUARD_INTERVAL: '1s',
        FAULTGUARD_EXISTING: 'resume',
        FAULTGUARD_KEEP: 'always',
        FAULTGUARD_RESCUE: 'rescue.mjs',
        FAULTGUARD_RESTART: '5/1m',
        FAULTGUARD_BACKOFF: '50ms',
        FAULTGUARD_HANG_TIMEOUT: '10s',
        FAULTGUARD_DOSSIERS: 'dossiers',
      },
    });
    expect(settings).toEqual({
      autosave: { path: join(cwd, 'work.xz'), intervalMs: 1000, existing: 'resume', keep: 'always' },
      restart: { max: 5, withinMs: 60_000, backoffMs: 50 },
      hangTimeoutMs: 10_000,
      rescue: pathToFileURL(join(cwd, 'rescue.mjs')).href,
      dossierDirectory: join(cwd, 'dossiers'),
    });
  });

  test('an empty variable says nothing, a wrong one is named', async () => {
    expect((await settingsOf({ env: { FAULTGUARD_RESTART: '' } })).settings).toEqual({});
    const { exitCode, stderr } = await settingsOf({ env: { FAULTGUARD_RESTART: 'often' } });
    expect(exitCode).toBe(64);
    expect(stderr).toContain("value 'often' from env 'FAULTGUARD_RESTART' is invalid");
  });
});

describe('a configuration', () => {
  test('may be a module; what is in it is relative to it', async () => {
    const { cwd, settings } = await settingsOf({
      flags: ['--config', 'deep/my.config.mjs'],
      files: {
        'deep/rescue.mjs': '',
        'deep/my.config.mjs': `export default {
          autosave: { path: 'work.xz', preset: 6 },
          rescue: new URL('rescue.mjs', import.meta.url),
          dossierDirectory: '.',
        };`,
      },
    });
    expect(settings).toEqual({
      autosave: { path: join(cwd, 'deep/work.xz'), preset: 6 },
      rescue: pathToFileURL(join(cwd, 'deep/rescue.mjs')).href,
      dossierDirectory: join(cwd, 'deep'),
    });
  });

  test('faultguard.config.js is found, of either kind of module', async () => {
    for (const text of ['export default { hangTimeoutMs: 77 };', 'module.exports = { hangTimeoutMs: 77 };']) {
      const { settings, stderr } = await settingsOf({ files: { 'faultguard.config.js': text } });
      expect(stderr).toBe('');
      expect(settings).toEqual({ hangTimeoutMs: 77 });
    }
  });

  test.each([
    [{ autosav: {} }, 'Option "autosav" is not known here. Did you mean "autosave"?'],
    [
      { autosave: { intervalms: 5 } },
      'Option "autosave.intervalms" is not known here. Did you mean "intervalMs"?',
    ],
    [{ restart: { maxx: 5 } }, 'Option "restart.maxx" is not known here. Did you mean "max"?'],
    [{ zebra: 1 }, 'Option "zebra" is not known here. Known are: autosave, restart,'],
    [{ launch: 'x' }, 'Option "launch" is not known here.'],
    [{ autosave: { path: 'x', migrate: 1 } }, 'Option "autosave.migrate" is not known here.'],
    [{ autosave: { path: 5 } }, 'Option "autosave.path" has to be the path of a file, not 5.'],
    [{ hangTimeoutMs: '10s' }, 'Option "hangTimeoutMs" has to be a whole number'],
    [{ restart: { max: 0 } }, 'Option "restart.max" has to be a whole number from 1'],
    [{ rescue: 'nowhere.mjs' }, 'There is no module'],
    [[], 'Option "options" has to be an object, not an array.'],
    [{ dossierDirectory: 7 }, 'Option "dossierDirectory" has to be the path of a directory, not 7.'],
  ])('%j is refused, and the file named', async (value, says) => {
    const { cwd, exitCode, settings, stderr } = await settingsOf({ files: config(value) });
    expect({ exitCode, settings }).toEqual({ exitCode: 64, settings: undefined });
    expect(stderr).toContain(`The configuration ${join(cwd, 'faultguard.config.json')} cannot be used: `);
    expect(stderr).toContain(says);
    expect(stderr).toContain('Nothing has been started.');
  });

  test.each([
    ['no JSON', { 'faultguard.config.json': '{ "restart": }' }, 'Unexpected token'],
    ['an exception', { 'faultguard.config.js': 'throw new Error("not today")' }, 'not today.'],
    ['no object', { 'faultguard.config.js': 'export const a = 1;' }, 'has to be an object, not undefined'],
    ['too much', { 'faultguard.config.json': ' '.repeat(1024 * 1024 + 1) }, 'more than 1048576 bytes'],
    ['a directory', { 'faultguard.config.json/x': '' }, 'it is no file'],
    [
      'two',
      { 'faultguard.config.json': '{}', 'faultguard.config.js': '' },
      'There are two configurations here',
    ],
  ])('%s is refused', async (_, files, says) => {
    const { exitCode, settings, stderr } = await settingsOf({ files });
    expect({ exitCode, settings }).toEqual({ exitCode: 64, settings: undefined });
    expect(stderr).toContain(says);
  });

  test('null is none', async () => {
    const files = config({
      autosave: null,
      restart: null,
      rescue: null,
      hangTimeoutMs: null,
      dossierDirectory: null,
    });
    expect((await settingsOf({ files })).settings).toEqual({
      autosave: null,
      restart: null,
      rescue: null,
      hangTimeoutMs: null,
      dossierDirectory: null,
    });
  });
});
