/** The examples for PM2, under PM2. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isActive, recover } from '@faultguard/core';
import { waitFor } from '@faultguard/test-kit';
import { expect, test } from 'vitest';
import { openPm2, type Pm2 } from '../fixtures/pm2.ts';
import { requestText } from '../fixtures/request-text.ts';

const CONFIG = new URL('../../examples/pm2/ecosystem.config.cjs', import.meta.url).pathname;
/** `listen_timeout` of the example: PM2 goes on then, also without having been told that the app is ready. */
const LISTEN_TIMEOUT_MS = 30_000;

async function start(pm2: Pm2, name: string): Promise<void> {
  const beforeMs = performance.now();
  await pm2.run('--silent', 'start', CONFIG, '--only', name);
  expect(performance.now() - beforeMs).toBeLessThan(LISTEN_TIMEOUT_MS);
}

/** As soon as the server is there. */
function request({ port }: Pm2): Promise<string> {
  return waitFor('an answer', () => requestText(port).catch(() => undefined));
}

const rescues = (pm2: Pm2): string => {
  const path = join(pm2.directory, 'rescues.log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** What is there but PM2's own. */
const filesOf = ({ directory }: Pm2): string[] =>
  readdirSync(directory)
    .filter((name) => name !== 'pm2-home')
    .toSorted();

test('attach in fork mode: rescued, started again, reloaded, killed by PM2, and it always goes on', async () => {
  const pm2 = await openPm2();
  await start(pm2, 'counter');
  expect(await request(pm2)).toBe('0: 1\n');
  expect(await request(pm2)).toBe('0: 2\n');

  const [first] = (await pm2.pids('counter')) as [number];
  process.kill(first, 'SIGKILL');
  expect(await request(pm2)).toBe('0: 3\n');
  expect(rescues(pm2)).toMatch(new RegExp(`^process ${first}, ended by \\w+, after 2 requests\n$`));

  await pm2.run('--silent', 'reload', 'counter');
  expect(await request(pm2)).toBe('0: 4\n');

  // It does not end when it is asked to: PM2 kills it, and not its guardian.
  const [second] = (await pm2.pids('counter')) as [number];
  process.kill(second, 'SIGSTOP');
  await pm2.run('--silent', 'restart', 'counter');
  expect(await request(pm2)).toBe('0: 5\n');
  expect(rescues(pm2)).toMatch(new RegExp(`^process ${second}, ended by \\w+, after 4 requests$`, 'm'));

  await pm2.run('--silent', 'delete', 'counter');
  const path = join(pm2.directory, 'counter-0.xz');
  await waitFor('the guardian to be done', () => !isActive(path));
  expect(filesOf(pm2)).toEqual(['counter-0.xz', 'rescues.log']);
  const { state, crash } = await recover(path);
  expect([state, crash]).toEqual([{ requests: 5 }, undefined]);
});

test('when PM2 kills the guardian with the app, as it does by default, the autosave has it all', async () => {
  const pm2 = await openPm2();
  const script = new URL('../../examples/pm2/attached.mjs', import.meta.url).pathname;
  await pm2.run('--silent', 'start', script, '--name', 'tree', '--wait-ready', '--kill-timeout', '500');
  for (let n = 1; n <= 3; n++) expect(await request(pm2)).toBe(`0: ${n}\n`);
  const [app] = (await pm2.pids('tree')) as [number];
  process.kill(app, 'SIGSTOP');
  await pm2.run('--silent', 'restart', 'tree');
  expect(await request(pm2)).toBe('0: 4\n');
  expect(rescues(pm2)).toBe('');
});

test('attach in cluster mode: a reload refuses no request and loses no count', async () => {
  const pm2 = await openPm2();
  await start(pm2, 'counters');
  const counts: Record<string, number> = {};
  let requests = 0;
  // Rejects when it is refused.
  const count = async (): Promise<void> => {
    const [instance, count] = (await requestText(pm2.port)).split(':') as [string, string];
    expect(Number(count)).toBe((counts[instance] ?? 0) + 1);
    counts[instance] = Number(count);
    requests++;
  };
  while (Object.keys(counts).length < 2) await count();

  const reload = { isOver: false };
  const reloaded = pm2.run('--silent', 'reload', 'counters').finally(() => (reload.isOver = true));
  while (!reload.isOver) await count();
  await reloaded;
  for (let i = 0; i < 10; i++) await count();
  expect(counts['0']! + counts['1']!).toBe(requests);
  expect(rescues(pm2)).toBe('');

  const [first] = (await pm2.pids('counters')) as [number];
  process.kill(first, 'SIGKILL');
  // A connection that the primary has just given to a process that dies is never answered: that is Node's.
  await waitFor('the rescue', () => rescues(pm2).includes(`process ${first}, ended by`));
  for (let i = 0; i < 10; i++) await count();
});

test('start: ready and signals pass through, and a stop ends both', async () => {
  const pm2 = await openPm2();
  await start(pm2, 'started');
  const app = Number((await request(pm2)).split(':')[0]);
  expect(await request(pm2)).toBe(`${app}: 2\n`);
  const [guardian] = (await pm2.pids('started')) as [number];
  expect(guardian).not.toBe(app);

  process.kill(app, 'SIGKILL');
  expect(await request(pm2)).toMatch(/: 3\n$/);
  const log = readFileSync(join(pm2.directory, 'pm2-home/logs/started-out.log'), 'utf8');
  expect(log).toBe('rescued 2 requests after SIGKILL\n');

  await pm2.run('--silent', 'reload', 'started');
  expect(await request(pm2)).toMatch(/: 4\n$/);
  await pm2.run('--silent', 'stop', 'started');
  expect(filesOf(pm2)).toEqual(['started.xz']);
  const { state, crash } = await recover(join(pm2.directory, 'started.xz'));
  expect([state, crash]).toEqual([{ requests: 4 }, undefined]);
  const daemonLog = readFileSync(join(pm2.directory, 'pm2-home/pm2.log'), 'utf8');
  expect(daemonLog).not.toContain('SIGKILL to');
});
