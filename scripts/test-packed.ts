/**
 * Tries the packages as users get them: packed, installed into bare projects outside of this repository with npm and with
 * pnpm, and used there under each supported major of Node. `npm run test:packed` builds them first.
 *
 *   npm run test:packed
 *   npm run test:packed -- --node 22 --node 24 --only npm
 *
 * Fails when a check fails, or a Node cannot be had. Leaves nothing behind.
 */
import { parseArgs } from 'node:util';
import { fetchNode, nodeVersions } from './fetch-node.ts';
import { checks } from './packed/checks.ts';
import { installProject, type Manager, managers, packAll, type Tarballs } from './packed/install.ts';
import { Workshop } from './packed/workshop.ts';

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
  },
});
const majors = chosen('node', nodeVersions.map(majorOf), values.node);
const chosenManagers = chosen('only', managers, values.only);

const startedAt = performance.now();
const workshop = new Workshop();
const failed: string[] = [];
let passed = 0;

const tarballs = await step('packed', () => packAll(workshop));
if (tarballs !== undefined) {
  for (const version of nodeVersions.filter((version) => majors.includes(majorOf(version)))) {
    const node = fetchNode(version);
    if (node === undefined) fail(`Node ${version} could not be downloaded`);
    else for (const manager of chosenManagers) await tryProject(tarballs, manager, { version, node });
  }
}
const left = workshop.processes();
if (left.length > 0) fail(`processes are left behind:\n${left.join('\n')}`);
workshop.clear();

console.log(`\n${passed} checks passed, ${failed.length} failed, in ${secondsSince(startedAt)} s`);
for (const failure of failed) console.log(`  ${failure.split('\n')[0]}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function tryProject(
  tarballs: Tarballs,
  manager: Manager,
  runtime: { readonly version: string; readonly node: string },
): Promise<void> {
  console.log(`\nNode ${runtime.version}, ${manager}`);
  const project = await step('installed', () => installProject(workshop, tarballs, manager, runtime));
  if (project === undefined) return;
  for (const { title, run } of checks) {
    const isRun = await step(title, async () => {
      await run(project, workshop);
      return true;
    });
    if (isRun) passed++;
  }
}

/** Undefined when it has failed, which has been said then. */
async function step<T>(title: string, run: () => Promise<T>): Promise<T | undefined> {
  const beganAt = performance.now();
  try {
    const result = await run();
    console.log(`  ✓ ${title} (${secondsSince(beganAt)} s)`);
    return result;
  } catch (error) {
    fail(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function fail(message: string): void {
  failed.push(message);
  console.error(`  ✗ ${message}`);
}

function secondsSince(beganAt: number): string {
  return ((performance.now() - beganAt) / 1000).toFixed(1);
}

function majorOf(version: string): string {
  return version.split('.')[0] as string;
}

/** All of them when none was asked for. */
function chosen<T extends string>(option: string, known: readonly T[], asked: string[] = []): readonly T[] {
  const unknown = asked.filter((value) => !known.includes(value as T));
  if (unknown.length > 0) {
    console.error(`--${option} ${unknown.join(', ')}: known are ${known.join(', ')}.`);
    process.exit(2);
  }
  return asked.length === 0 ? known : known.filter((value) => asked.includes(value));
}
