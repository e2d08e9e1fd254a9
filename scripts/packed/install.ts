/** The packages packed as for the registry, and installed into a bare project as their users do. */
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpmCommand } from '../fetch-node.ts';
import type { Workshop } from './workshop.ts';

export type Manager = 'npm' | 'pnpm';
export const managers: readonly Manager[] = ['npm', 'pnpm'];

/** The path of the tarball of each package, by its name. */
export type Tarballs = ReadonlyMap<string, string>;

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
/** What users install beside them: peers, and what the checks need. Versions are those that the repository is tested with. */
const BESIDE = [
  'express',
  'express-session',
  'react',
  'react-dom',
  'typescript',
  '@types/node',
  '@types/express',
  '@types/express-session',
  '@types/react',
] as const;

/** Packs every package of `packages`; `pnpm pack` writes real versions where the workspace has its own words. */
export async function packAll(workshop: Workshop): Promise<Tarballs> {
  const destination = path.join(workshop.path, 'tarballs');
  mkdirSync(destination);
  const packed = readdirSync(path.join(REPOSITORY, 'packages')).map(async (folder) => {
    const cwd = path.join(REPOSITORY, 'packages', folder);
    const { name, version } = readJson(path.join(cwd, 'package.json')) as { name: string; version: string };
    await workshop.run([...pnpmCommand(), 'pack', '--pack-destination', destination], {
      cwd,
      node: process.execPath,
    });
    return [name, path.join(destination, `${name.slice(1).replace('/', '-')}-${version}.tgz`)] as const;
  });
  return new Map(await Promise.all(packed));
}

/** A project of a user: `node`, a package manager, and nothing but what that has installed. */
export interface Project {
  readonly path: string;
  readonly node: string;
  /** The words before the name of a program that a package brings: npx, or what pnpm has for it. */
  readonly exec: readonly string[];
}

export async function installProject(
  workshop: Workshop,
  tarballs: Tarballs,
  manager: Manager,
  { node, version }: { readonly node: string; readonly version: string },
): Promise<Project> {
  const directory = path.join(workshop.path, `node-${version}-${manager}`);
  mkdirSync(directory);
  const ours = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
  writeJson(path.join(directory, 'package.json'), {
    name: 'users-project',
    private: true,
    dependencies: { ...ours, ...catalogVersions() },
  });
  cpSync(new URL('project/', import.meta.url), directory, { recursive: true });
  const words =
    manager === 'npm'
      ? [node, findNpm(), 'install', '--no-audit', '--no-fund', '--prefer-offline']
      : [...pnpmCommand(), 'install', '--no-frozen-lockfile', '--prefer-offline'];
  if (manager === 'pnpm') {
    writeJson(path.join(directory, 'pnpm-workspace.yaml'), {
      // Our packages name each other by version, and no registry has these.
      overrides: ours,
      // As the README says: pnpm wants to be told.
      allowBuilds: { koffi: false },
    });
  }
  await workshop.run(words, { cwd: directory, node });
  return {
    path: directory,
    node,
    exec: manager === 'npm' ? [node, findNpm(), 'exec', '--offline', '--'] : [...pnpmCommand(), 'exec'],
  };
}

/** The npm of this machine, which is to run on the Node that is tried: it looks at that one's version. */
function findNpm(): string {
  for (const directory of (process.env['PATH'] ?? '').split(path.delimiter)) {
    if (directory.includes('node_modules')) continue;
    try {
      return realpathSync(path.join(directory, 'npm'));
    } catch {
      // Not in this one.
    }
  }
  throw new Error('There is no npm on PATH.');
}

function catalogVersions(): Record<string, string> {
  const text = readFileSync(path.join(REPOSITORY, 'pnpm-workspace.yaml'), 'utf8');
  return Object.fromEntries(
    BESIDE.map((name) => {
      const version = new RegExp(`^  '?${name}'?: (\\S+)$`, 'm').exec(text)?.[1];
      if (version === undefined) throw new Error(`The catalog of pnpm-workspace.yaml does not have ${name}.`);
      return [name, version];
    }),
  );
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** YAML is a superset of JSON. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
