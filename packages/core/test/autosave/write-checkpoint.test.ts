/** What the writing of a checkpoint takes from others. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKER_THREAD } from '../../src/autosave/pack.ts';
import { writeCheckpoint } from '../../src/autosave/write-checkpoint.ts';
import { realDisk } from '../../src/platform/disk.ts';
import { GIVE_WAY_NICE } from '../../src/platform/give-way.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';

const PIECES = 40;
const PIECE_BYTES = 65_536;

/** Nice values of the threads of this process (proc_pid_stat(5), field 19). */
function niceValues(isOf: (name: string) => boolean): number[] {
  const tasks = '/proc/self/task';
  return readdirSync(tasks)
    .filter((id) => isOf(readFileSync(`${tasks}/${id}/comm`, 'utf8').trimEnd()))
    .map((id) => {
      const stat = readFileSync(`${tasks}/${id}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    });
}

it.runIf(process.platform === 'linux')(
  'the thread that packs a checkpoint gives way to others, and no other thread does',
  async () => {
    const packers: number[][] = [];
    function* text(): Generator<string, void> {
      for (let at = 0; at < PIECES; at++) {
        packers.push(niceValues((name) => name === PACKER_THREAD));
        yield randomBytes(PIECE_BYTES / 2).toString('hex');
      }
    }
    await writeCheckpoint(realDisk, join(makeDirectoryForTest(), 'state.xz'), text(), 1);
    expect(new Set(packers.at(-1))).toEqual(new Set([GIVE_WAY_NICE]));
    expect(new Set(niceValues((name) => name !== PACKER_THREAD))).toEqual(new Set([getPriority()]));
  },
);
