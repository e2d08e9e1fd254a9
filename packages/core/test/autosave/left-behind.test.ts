/** While a guardian removes what it leaves, the next one waits: without locks the files alone say so. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { appPath, sessionPath } from '../../src/autosave/autosave-files.ts';
import { hasActiveSession, isBeingLeft } from '../../src/autosave/is-active.ts';
import { openAutosave } from '../../src/autosave/open-autosave.ts';
import { type Disk, realDisk } from '../../src/platform/disk.ts';
import { Follower } from '../fixtures/checkpoints.ts';
import { makeDirectoryForTest, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

// Nothing can be locked.
vi.mock('../../src/platform/libc.ts', () => ({
  loadLibc: () => {
    throw new Error('koffi is not installed');
  },
}));

const GONE = { pid: 2 ** 22 + 1, startTime: '12345', startedAt: new Date(0).toISOString() };
const CRASH = {
  kind: 'exit',
  exitCode: 1,
  signal: null,
  pid: GONE.pid,
  startedAt: new Date(0),
  crashedAt: new Date(1),
} as const;

test.each(['app.json', 'session.json'])('also when %s is the first of its files to go', async (first) => {
  const directory = makeDirectoryForTest();
  const path = join(directory, 'work.gz');
  const seen: { readonly left: string; readonly isActive: boolean; readonly isLeft: boolean }[] = [];
  const look = (): void => {
    const left = readdirSync(directory).filter((name) => !/\.(?:journal-1|lock)$/.test(name));
    seen.push({ left: left.join(), isActive: hasActiveSession(path), isLeft: isBeingLeft(path) });
  };
  const disk: Disk = {
    ...realDisk,
    async remove(removed) {
      const names = removed === sessionPath(path, 1) ? readdirSync(removed) : [];
      for (const name of names.toSorted((one) => (one === first ? -1 : 1))) {
        rmSync(join(removed, name), { recursive: true });
        look();
      }
      await realDisk.remove(removed);
      look();
    },
  };
  const autosave = await openAutosave({ path }, { disk, packing: 'quick' });
  writeFileSync(appPath(autosave.session.directory), JSON.stringify(GONE));
  const journal = openJournalInDirectory();
  journal.graph.setRoot({ n: 1 });
  const follower = new Follower(journal.directory);
  follower.read();
  follower.reader.close();
  await autosave.saveLast({ crash: CRASH, mirror: follower.mirror, directory: journal.directory });
  look();
  seen.length = 0;
  await autosave.cleanUp();
  autosave.release();
  expect(seen.length).toBeGreaterThan(5);
  // Whoever is not let in is told to wait; whoever is let in has the autosave alone.
  expect(seen.filter(({ isActive, isLeft }) => isActive && !isLeft)).toEqual([]);
  const free = seen.filter(({ isActive }) => !isActive);
  expect(free.map(({ left }) => left)).toEqual(free.map(() => basename(path)));
});
