/** What a user's project has to be able to do with the installed packages. Each rejects when it cannot. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '@faultguard/test-kit';
import type { Project } from './install.ts';
import type { Running, Said, Workshop } from './workshop.ts';

interface Check {
  readonly title: string;
  readonly run: (project: Project, workshop: Workshop) => Promise<void>;
}

const runFile = (project: Project, workshop: Workshop, file: string, expected?: string): Promise<Said> =>
  workshop.run([project.node, file], { cwd: project.path, node: project.node, timeoutMs: 30_000 }, expected);

const runProgram = (project: Project, workshop: Workshop, ...words: string[]): Promise<Said> =>
  workshop.run([...project.exec, ...words], { cwd: project.path, node: project.node, timeoutMs: 60_000 });

/** The guardian ends as the app did: by the same signal. */
export const checks: readonly Check[] = [
  {
    title: 'start() by import: killed, rescued, and recovered from its autosave',
    async run(project, workshop) {
      const { stdout, stderr } = await runFile(project, workshop, 'start.mjs', 'SIGKILL');
      assert.equal(stdout, 'SIGKILL 1000 5 0.5 42\ntrue signal false 1000 0\n');
      assert.equal(stderr, '');
    },
  },
  {
    title: 'start() by require(): aborted, and rescued',
    async run(project, workshop) {
      const { stdout } = await runFile(project, workshop, 'start.cjs', 'SIGABRT');
      assert.equal(stdout, 'SIGABRT 1000\ntrue\n');
    },
  },
  {
    title: 'attach(): the guardian is a program of the installed package, and rescues',
    async run(project, workshop) {
      const { stdout } = await runFile(project, workshop, 'attach.mjs', 'SIGKILL');
      const program = realpathSync(path.join(project.path, 'node_modules/@faultguard/core'));
      assert.ok(stdout.includes(`${program}/dist/attached-guardian.js`), stdout);
      const rescued = path.join(project.path, 'attach.rescued');
      await waitFor('the rescue', () => existsSync(rescued));
      assert.equal(JSON.parse(readFileSync(rescued, 'utf8')).n, 1000);
    },
  },
  {
    title: 'the Express adapter: a session and an order survive the kill of their server',
    async run(project, workshop) {
      const server = workshop.start([project.node, 'express.mjs'], { cwd: project.path, node: project.node });
      await tryShop(server);
      server.kill('SIGTERM');
      assert.equal(await server.ended, '0');
      assert.match(server.said.stdout, /^SIGKILL POST \/order$/m);
    },
  },
  {
    title: 'the hooks render, and hand the state to a browser',
    async run(project, workshop) {
      const { stdout } = await runFile(project, workshop, 'react.mjs');
      assert.equal(stdout, '<p>5</p> {"json":{"count":5}}\n');
    },
  },
  {
    title: 'the adapters by require()',
    async run(project, workshop) {
      assert.equal((await runFile(project, workshop, 'react.cjs')).stdout, 'true\n');
    },
  },
  {
    title: 'the command line: --version, doctor, inspect',
    async run(project, workshop) {
      const { stdout: version } = await runProgram(project, workshop, 'faultguard', '--version');
      const manifest = path.join(project.path, 'node_modules/@faultguard/cli/package.json');
      assert.equal(version.trim(), JSON.parse(readFileSync(manifest, 'utf8')).version);
      await runProgram(project, workshop, 'faultguard', 'doctor');
      // What start.mjs has left.
      const { stdout: seen } = await runProgram(project, workshop, 'faultguard', 'inspect', 'work.xz');
      assert.match(seen, /rows/);
    },
  },
  ...(['nodenext', 'bundler'] as const).map((resolution) => ({
    title: `the types, by "${resolution}", without skipLibCheck`,
    async run(project: Project, workshop: Workshop) {
      await runProgram(project, workshop, 'tsc', '--project', `tsconfig.${resolution}.json`);
    },
  })),
];

/** Clients of express.mjs. */
async function tryShop(server: Running): Promise<void> {
  const url = await waitFor('the server', () => /^(http:\S+)$/m.exec(server.said.stdout)?.[1]);
  const first = await fetch(url);
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.equal(await first.text(), 'visit 1');
  const order = { method: 'POST', headers: { 'Idempotency-Key': '"1"' } };
  await assert.rejects(fetch(`${url}/order`, order));
  const again = await waitFor('the next launch', () => fetch(`${url}/order`, order).catch(() => undefined));
  assert.deepEqual(await again.json(), { step: 'booked', resumed: true });
  assert.equal(await (await fetch(url, { headers: { cookie } })).text(), 'visit 2');
  assert.equal((await fetch(`${url}/status`)).status, 200);
}
