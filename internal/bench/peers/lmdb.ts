import { open as openLmdb } from 'lmdb';
import { join } from 'node:path';
import type { Loop } from '../measure.ts';

/** `put` returns at once and a thread commits many together: a batch ends when its last one is committed. */
export function openAsync(directory: string): Loop {
  const database = openDatabase(directory);
  return {
    async run(from, count) {
      let last: Promise<boolean> | undefined;
      for (let i = from; i < from + count; i++) last = database.put('counter', i);
      await last;
    },
    close: () => database.close(),
  };
}

/** A transaction of its own for each. */
export function openSync(directory: string): Loop {
  const database = openDatabase(directory);
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) database.putSync('counter', i);
    },
    close: () => database.close(),
  };
}

function openDatabase(directory: string): ReturnType<typeof openLmdb<number, string>> {
  return openLmdb<number, string>({ path: join(directory, 'lmdb'), noSync: true });
}
