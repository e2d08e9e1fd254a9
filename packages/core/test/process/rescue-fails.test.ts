/** A rescue function that throws or hangs does not lose the data. */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeTemporaryDirectory, runScript } from '@faultguard/test-kit';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { appPath } from '../fixtures/app-path.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';

function expectedState(): any {
  const shared = { deep: [1, undefined, -0, Number.NaN, -Infinity, 12345678901234567890n, 'lone \uD800'] };
  const state: any = {
    shared,
    'dotted.key\\': { again: shared.deep },
    shared2: shared,
    empty: {},
    none: [],
  };
  state.self = state;
  return Object.assign(state, {
    map: new Map<unknown, unknown>([
      ['k', new Map([[shared, new Date(5)]])],
      [1n, undefined],
    ]),
    set: new Set(['x', shared]),
    expression: /a+/gi,
    url: new URL('http://host/?q#h'),
    trace: new Float64Array([0.5, 1]),
    user: new User(),
  });
}

class User {
  born: Date = new Date(7);
}
superjson.registerClass(User);

describe('a rescue function that', () => {
  test.each([
    ['throws', 'The rescue function threw: Error: the rescue is broken'],
    ['rejects', 'The rescue function threw: Error: the rescue is broken'],
    ['throws what cannot be shown', 'The rescue function threw: [Object: null prototype]'],
    ['throws a revoked proxy', 'The rescue function threw: <Revoked Proxy>'],
    ['returns a thenable that throws', 'The rescue function threw: Error: the rescue is broken'],
    ['fails in a timer', 'The rescue function threw: Error: the rescue is broken'],
    ['leaves a rejection unhandled', 'The rescue function threw: Error: the rescue is broken'],
    ['never ends', 'The rescue function did not come to an end within 300 ms'],
    ['loops for ever', 'The rescue function did not come to an end within 300 ms'],
    ['loops for ever later', 'The rescue function did not come to an end within 300 ms'],
    ['loops for ever behind what is there', 'The rescue function did not come to an end within 300 ms'],
  ])('%s leaves the state in a file, and says where', async (way, message) => {
    const directory = makeTemporaryDirectory();
    const result = await runScript(appPath('rescue-fails.mjs'), { args: [way], cwd: directory.path });
    expect(result.signal).toBe('SIGABRT');
    expect(result.stderr).toContain(message);
    const rescueFile = /^The state has been written to (.*) \(superjson\)\.$/m.exec(
      result.stderr,
    )?.[1] as string;
    // A loop that begins after an `await` holds the guardian's thread for good: what follows start() never runs.
    const outcome =
      way === 'loops for ever later' || way === 'loops for ever behind what is there'
        ? ''
        : `${JSON.stringify({ rescued: false, rescueFile })}\n`;
    expect(result.stdout).toBe(outcome);
    expect(rescueFile.startsWith(`${directory.path}/faultguard-rescue-`)).toBe(true);
    expect(statSync(rescueFile).mode & 0o777).toBe(0o600);
    const state: any = superjson.parse(readFileSync(rescueFile, 'utf8'));
    // superjson itself makes an Error of every error, with a name.
    expect(state.error).toMatchObject({ name: 'TypeError', message: 'wrong', cause: { deep: 1n } });
    delete state.error;
    expect(describeGraph(state)).toBe(describeGraph(expectedState()));
    directory.remove();
  });

  test('throws in a directory that is gone leaves the state in the temporary one', async () => {
    const [directory, temporary] = [makeTemporaryDirectory(), makeTemporaryDirectory()];
    const result = await runScript(appPath('rescue-fails.mjs'), {
      args: ['throws in a directory that is gone'],
      cwd: directory.path,
      env: { TMPDIR: temporary.path },
    });
    const { rescueFile } = JSON.parse(result.stdout) as { rescueFile: string };
    expect(dirname(rescueFile)).toBe(temporary.path);
    expect(superjson.parse<any>(readFileSync(rescueFile, 'utf8')).set).toBeInstanceOf(Set);
    directory.remove();
    temporary.remove();
  });

  test('throws leaves a state of any depth in the file', async () => {
    const directory = makeTemporaryDirectory();
    const result = await runScript(appPath('rescue-fails.mjs'), {
      args: ['throws', 'deep'],
      cwd: directory.path,
    });
    const { rescueFile } = JSON.parse(result.stdout) as { rescueFile: string };
    const text = readFileSync(rescueFile, 'utf8');
    expect(text.split('{"chain":').length - 1).toBe(20_000);
    expect(text.includes(`"chain${'.chain'.repeat(20_000)}.end":["bigint"]`)).toBe(true);
    directory.remove();
  });
});
