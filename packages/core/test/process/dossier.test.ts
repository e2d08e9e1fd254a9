/** The dossier of an app that has been killed: what it did last, what it said last, and nothing that is redacted. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory, runScript, type ScriptResult } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { recover } from '../../src/index.ts';
import { MUTATION_OPERATIONS } from '../../src/dossier/decode-mutation.ts';
import { appPath } from '../fixtures/app-path.ts';

const DOCUMENT = new URL('../../../../docs/reference/dossier.md', import.meta.url).pathname;

interface Death {
  readonly result: ScriptResult;
  readonly directory: string;
  readonly dossier: () => any;
}

async function die(mode: string): Promise<Death> {
  const directory = makeTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const result = await runScript(appPath('dossier.mjs'), { args: [directory.path, mode] });
  return {
    result,
    directory: directory.path,
    dossier: () => JSON.parse(readFileSync(join(directory.path, 'dossier.json'), 'utf8')),
  };
}

const LAST_MUTATIONS = [
  ['set', 'state', 'Object'],
  ['set', 'state.user.password', '[redacted]'],
  ['set', 'state.user.name', '"Ada"'],
  ['push', 'state.list', 'Object'],
  ['push', 'state.list', 'Object'],
  ['push', 'state.list', 'Object'],
  ['set', 'state.list[1].index', '"changed"'],
  ['set', 'state.sum', '1'],
  ['set', 'state.sum', '2'],
  ['set', 'state.sum', '3'],
];

const LAST_LINES = [...[2996, 2997, 2998, 2999].map((line) => `line ${line} ··········`), 'last words'];

/** With their sizes: what is only read stays as it is. */
function listFiles(directory: string): unknown[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, statSync(join(directory, name)).size]);
}

function briefly({ mutations }: any): unknown[] {
  return mutations.map(({ operation, path, value }: any) => [operation, path, value]);
}

test('after a SIGKILL the dossier has the last mutations, the last lines, resource use, and no secret', async () => {
  const { result, directory, dossier: read } = await die('kill');
  expect(result.stdout).toContain('crash signal, dossier true');
  const { name, length } = Object.getPrototypeOf(process.stderr).write as () => void;
  expect(result.stdout).toContain(`write ${name} ${length}, same true`);
  expect(result.stdout).toContain(
    'refused ERR_INVALID_ARG_TYPE,ERR_STREAM_NULL_VALUES,ERR_INVALID_ARG_TYPE,ERR_INVALID_ARG_TYPE',
  );
  const dossier = read();
  expect(dossier).toMatchObject({ faultguardDossier: 1, kind: 'signal', signal: 'SIGKILL', exitCode: null });
  expect(briefly(dossier)).toEqual(LAST_MUTATIONS);
  expect(dossier.stderr).toEqual(LAST_LINES);
  expect(result.stderr).toContain('before start');
  expect(result.stderr).toContain('line 0 ');
  expect(readFileSync(join(directory, 'dossier.json'), 'utf8')).not.toContain('hunter2');
  expect(statSync(join(directory, 'dossier.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['dossier.json']);
  const { startedAt, crashedAt, uptimeMs, resources, mutations } = dossier;
  expect(uptimeMs).toBe(Date.parse(crashedAt) - Date.parse(startedAt));
  expect(resources.rssPeakBytes).toBeGreaterThanOrEqual(resources.rssBytes);
  expect(resources.rssBytes).toBeGreaterThan(10 * 1024 * 1024);
  const times = mutations.map(({ at }: any) => Date.parse(at));
  expect(times).toEqual(times.toSorted((one: number, other: number) => one - other));
  expect(times[0]).toBeGreaterThanOrEqual(Date.parse(startedAt));
  // The sums were 100 ms apart.
  expect(times.at(-1) - times.at(-3)).toBeGreaterThan(50);
  expect(times.at(-1)).toBeLessThanOrEqual(Date.parse(crashedAt));
});

test('a name that is taken is refused, and a crash that is printed holds nothing of the state', async () => {
  const { result } = await die('kill');
  expect(result.stdout).toContain('refused FaultguardError ERR_FAULTGUARD_DOSSIER_EXISTS');
  const printed = JSON.parse(/^printed (.*)$/m.exec(result.stdout)?.[1] ?? '[]') as string[];
  expect(printed).toContain('kind');
  expect(printed.filter((key) => ['mutations', 'stderr', 'saveDossier'].includes(key))).toEqual([]);
});

test('it can be saved when start() has resolved', async () => {
  const { dossier } = await die('late');
  expect(briefly(dossier())).toEqual(LAST_MUTATIONS);
  expect(dossier().stderr.at(-1)).toBe('last words');
});

test('with an autosave it is the same, and the autosave holds none of it', async () => {
  const { result, dossier, directory } = await die('autosave');
  expect(result.stdout).toContain('crash signal, dossier true');
  expect(briefly(dossier())).toEqual(LAST_MUTATIONS);
  expect(readdirSync(directory).toSorted()).toEqual(['dossier.json', 'work.xz']);
});

describe('of an app that has died together with its guardian', () => {
  test('recover() has them out of the journal beside the autosave', async () => {
    const { result, directory } = await die('both');
    expect(result.signal).toBe('SIGKILL');
    const path = join(directory, 'work.xz');
    const before = listFiles(directory);
    const { crash } = await recover(path, undefined, {
      redact: ['user.password'],
      dossier: { mutations: 100, stderrLines: 5 },
    });
    expect(listFiles(directory)).toEqual(before);
    expect(crash?.kind).toBe('vanished');
    expect(briefly(crash)).toEqual(LAST_MUTATIONS);
    expect(crash?.stderr).toEqual(LAST_LINES);
    // Up to the last look of the guardian they have times of their own.
    const [first, ...later] = crash?.mutations.map(({ at }) => at.getTime()) ?? [];
    expect(later.at(-1)).toBeGreaterThan(first as number);
    expect(later.at(-1)).toBeLessThanOrEqual(crash?.crashedAt.getTime() as number);
    const unknown = await recover(path, undefined, { dossier: { mutations: 0, stderrLines: 0 } });
    expect(unknown.crash).toMatchObject({ mutations: [], stderr: undefined });
    await expect(recover(path, undefined, { redact: [''] })).rejects.toThrow('redact[0]');
  });

  test('so has recovered.crash of the next life, of the state as it was left', async () => {
    const { directory, dossier: read } = await die('both');
    const result = await runScript(appPath('dossier.mjs'), { args: [directory, 'resumed'] });
    expect(result.stdout).toContain('the last path was state.list[1].index');
    const dossier = read();
    expect(dossier).toMatchObject({ kind: 'vanished', signal: null, exitCode: null });
    expect(briefly(dossier)).toEqual(LAST_MUTATIONS);
    expect(dossier.stderr).toEqual(LAST_LINES);
    expect(readFileSync(join(directory, 'dossier.json'), 'utf8')).not.toContain('hunter2');
  });
});

test('a restart does not wait for it to be read again: the rescue has been told', async () => {
  const { result, dossier: read } = await die('restart');
  expect(result.stdout).toContain('next life: SIGKILL, 0 mutations, lines undefined');
  expect(briefly(read())).toEqual(LAST_MUTATIONS);
});

test('an exception has its stack in it', async () => {
  const { dossier } = await die('throw');
  expect(dossier().error).toMatchObject({ name: 'Error', message: 'thrown' });
  expect(dossier().error.stack).toContain('dossier.mjs');
});

test('it can be switched off', async () => {
  const { dossier } = await die('off');
  expect(dossier().mutations).toEqual([]);
  expect(dossier()).not.toHaveProperty('stderr');
});

test('a clean exit has no crash', async () => {
  const { result } = await die('clean');
  expect(result.stdout).toContain('crash undefined, dossier false');
});

test('docs/reference/dossier.md describes the fields that there are', async () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const described = (section: string): string[] => {
    const text = document.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
    return [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name as string);
  };
  const [killed, threw, hung] = [
    (await die('kill')).dossier(),
    (await die('throw')).dossier(),
    (await die('hang')).dossier(),
  ];
  const fields = new Set([...[killed, threw, hung].flatMap((dossier) => Object.keys(dossier)), 'report']);
  expect(described('Fields').toSorted()).toEqual([...fields].toSorted());
  expect(described('A mutation').toSorted()).toEqual(Object.keys(killed.mutations[1]).toSorted());
  expect(described('Operations')).toEqual([...MUTATION_OPERATIONS]);
  expect(described('Resources').toSorted()).toEqual(Object.keys(killed.resources).toSorted());
  expect(described('A hang').toSorted()).toEqual(Object.keys(hung.hang).toSorted());
});
