/** The guardian looks at the journal once more when it has raised the wake flag: what it finds then is like all the rest. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { JournalFollower } from '../../src/guardian/journal-follower.ts';
import { Control } from '../../src/journal/layout.ts';
import { Mirror } from '../../src/mirror/mirror.ts';
import { FIXED_NONCE, memoryKinds, openJournalInDirectory } from '../fixtures/journal-in-directory.ts';

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
