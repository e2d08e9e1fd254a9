/** The supported Nodes, from the npm registry: nothing has to be installed on the machine. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One of each supported major, the one that runs the tasks in the middle. */
export const nodeVersions: readonly string[] = ['22.23.3', '24.21.0', '26.10.0'];

/** How the pnpm of this repository is called: `npx` and what comes behind it. */
export function pnpmCommand(): string[] {
  const { packageManager } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { packageManager: string };
  return ['npx', '--yes', packageManager];
}

/** The path of that Node, downloaded when this machine does not have it yet; undefined when it cannot be had. */
export function fetchNode(version: string): string | undefined {
  if (process.version === `v${version}`) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const [command, ...args] = pnpmCommand();
  const printed = spawnSync(
    command as string,
    [
      ...args,
      `--package=node-${platform}-${process.arch}@${version}`,
      'dlx',
      'node',
      '-p',
      '`${process.version} ${process.execPath}`',
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const prefix = `v${version} `;
  const line = printed.stdout?.split(/\r?\n/).find((printedLine) => printedLine.startsWith(prefix));
  return printed.status === 0 ? line?.slice(prefix.length) : undefined;
}
