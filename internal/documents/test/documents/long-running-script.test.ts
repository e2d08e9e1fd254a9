import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { followDocument } from '../../src/follow-document.ts';
import { runConsole } from '../../src/run-console.ts';
import type { Place } from '../../src/place.ts';

interface Collected {
  readonly begun: number;
  readonly output: string;
}

/** Runs the script, and does something to it when it has gone on for a while. */
async function collect(
  place: Place,
  disturb?: (pids: { app: number; guardian: number }) => void,
): Promise<Collected> {
  const script = place.start('collect.mjs');
  const output = await script.waitForOutput('begins at');
  const [, app, begun] = /process (\d+) begins at (\d+)/.exec(output) ?? [];
  if (disturb !== undefined) {
    await script.waitForOutput(' rows\n');
    disturb({ app: Number(app), guardian: script.process.pid as number });
  }
  const { stdout } = await script.ended;
  return { begun: Number(begun), output: stdout };
}

followDocument('docs/guides/long-running-script.md', [
  {
    language: 'sh',
    has: 'node collect.mjs',
    async run(_, place) {
      const killed = await collect(place, ({ app }) => process.kill(app, 'SIGKILL'));
      const rescued = Number(/^SIGKILL: (\d+) rows are safe$/m.exec(killed.output)?.[1]);
      expect(rescued).toBeGreaterThan(0);
      // Ctrl-C reaches both.
      const interrupted = await collect(place, ({ app, guardian }) => {
        for (const pid of [app, guardian]) process.kill(pid, 'SIGINT');
      });
      expect(interrupted.begun).toBe(rescued + 1);
      expect(interrupted.output).toContain('the last one: SIGKILL');
      const both = await collect(place, ({ app, guardian }) => {
        for (const pid of [guardian, app]) process.kill(pid, 'SIGKILL');
      });
      expect(both.begun).toBeGreaterThan(interrupted.begun);
      const last = await collect(place);
      expect(last.begun).toBeGreaterThan(both.begun);
      expect(last.output).toMatch(/the last one: vanished\n(\d+ rows\n)+all 200 in rows\.json\n$/);
      const rows = JSON.parse(readFileSync(join(place.path, 'rows.json'), 'utf8')) as { n: number }[];
      expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_unused, at) => at + 1));
      expect(readdirSync(place.path).filter((name) => name.startsWith('collect.xz'))).toEqual([]);
    },
  },
  {
    language: 'js',
    has: 'await durable()',
    async run({ code }, place) {
      place.write(
        'durable.mjs',
        `import { start } from '@faultguard/core';
        await start({
          launch: async (state, { durable, stats }) => {
            state.n = 1;
            ${code}
            console.log(stats().saved === stats().appended);
          },
          autosave: { path: 'durable.xz' },
        });`,
      );
      expect((await place.run('durable.mjs')).stdout).toBe('true\n');
    },
  },
  {
    language: 'js',
    has: 'restart: {}',
    async run({ code }, place) {
      place.write(
        'again.mjs',
        `import { start } from '@faultguard/core';
        const autosave = { path: 'again.xz' };
        const launch = (state, { attempt }) => {
          console.log('attempt ' + attempt);
          if (attempt === 1) process.abort();
        };
        ${code}`,
      );
      const { stdout, exitCode } = await place.run('again.mjs');
      expect([stdout, exitCode]).toEqual(['attempt 1\nattempt 2\n', 0]);
    },
  },
  {
    language: 'console',
    has: 'inspect collect.xz',
    async run({ code }, place) {
      // While it runs, for longer than in the guide.
      const path = join(place.path, 'collect.mjs');
      writeFileSync(path, readFileSync(path, 'utf8').replace('<= 200', '<= 20_000'));
      const script = place.start('collect.mjs');
      await script.waitForOutput('begins at');
      await runConsole(code, place);
      process.kill(await script.appPid(), 'SIGKILL');
      await script.ended;
    },
  },
]);
