import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Loop } from '../measure.ts';

export function openSynced(directory: string): Loop {
  return openFile(directory, true);
}

export function openUnsynced(directory: string): Loop {
  return openFile(directory, false);
}

/** Written to a temporary file and renamed, the whole state each time: here one number. */
function openFile(directory: string, fsync: boolean): Loop {
  const path = join(directory, 'state.json');
  const state = { counter: 0 };
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) {
        state.counter = i;
        writeFileAtomic.sync(path, JSON.stringify(state), { fsync });
      }
    },
  };
}
