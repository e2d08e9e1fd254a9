/** What the figures depend on. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';

export type Machine = Readonly<Record<string, string>>;

/** f_type of statfs(2), from linux/magic.h. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x01021994, 'tmpfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
]);

export function describeMachine(): Machine {
  return {
    Processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    Memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    System: `${platform()} ${release()}, ${arch()}`,
    'File systems': `/dev/shm ${fileSystemOf('/dev/shm')}, temporary directory ${fileSystemOf(tmpdir())}`,
    'Node.js': `${process.version} (V8 ${process.versions.v8})`,
    Commit: describeCommit(),
    Date: new Date().toISOString().slice(0, 10),
  };
}

export function fileSystemOf(directory: string): string {
  try {
    const { type } = statfsSync(directory);
    return FILE_SYSTEMS.get(type) ?? `of type 0x${type.toString(16)}`;
  } catch {
    return 'none';
  }
}

function describeCommit(): string {
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    // Of what is measured: the report itself is rewritten by every run.
    const changed = git('status', '--porcelain', '--', ':/packages');
    return changed === '' ? commit : `${commit}, with changes`;
  } catch {
    return 'unknown';
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
