/** The guardian looks at the journal once more when it has raised the wake flag: what it finds then is like all the rest. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { JournalFollower } from '../../src/guardian/journal-follower.ts';
import { Control } from '../../src/journal/layout.ts';
import { Mirror } from '../../src/mirror/mirror.ts';
import { FIXED_NONCE } from '../fixtures/journal-ends.ts';
import { memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

test.each(memoryKinds)('what is read on the way to sleep is told too (%s journal)', async (kind) => {
  const { control, directory, graph, writer } = openJournalInDirectory({ kind });
  const mirror = new Mirror({ isNumbered: false });
  const follower = new JournalFollower({ ...FIXED_NONCE, directory }, control, mirror);
  let activityCount = 0;
  follower.onActivity = () => activityCount++;
  graph.setRoot({ n: 1 });
  // It begins by going to sleep.
  follower.start();
  while (control.read(Control.wake) === 0) await setImmediate();
  follower.close();
  expect(mirror.root).toEqual({ n: 1 });
  expect(activityCount).toBe(1);
  expect(control.read(Control.mirroredOffset)).toBe(writer.position.offsetBytes);
});

// The processor may let the writer's look at the flag run ahead of its store: each sees nothing of the other then.
test.each(memoryKinds)(
  'a record that nobody has rung for is read all the same (%s journal)',
  async (kind) => {
    const { control, directory, graph } = openJournalInDirectory({ kind });
    const mirror = new Mirror({ isNumbered: false });
    const follower = new JournalFollower({ ...FIXED_NONCE, directory }, control, mirror);
    const state = graph.setRoot({ n: 1 }) as { n: number };
    follower.start();
    while (control.read(Control.wake) === 0) await sleep(1);
    await sleep(50);
    // It sleeps. Once more, and this time the writer sees the flag of before.
    follower.wake();
    while (control.read(Control.wake) === 0) await sleep(1);
    control.write(Control.wake, 0);
    state.n = 2;
    control.write(Control.wake, 1);
    await sleep(50);
    follower.close();
    expect(mirror.root).toEqual({ n: 2 });
  },
);
