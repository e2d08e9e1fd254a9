/** A place is given up when everything that had been appended by then is saved, in the order in which it was held. */
import { expect, test } from 'vitest';
import { HeldPlaces } from '../../src/memory/held-places.ts';

function open() {
  const progress = { appendedBytes: 0, savedBytes: 0 };
  const places = new HeldPlaces({
    appended: () => progress.appendedBytes,
    saved: () => progress.savedBytes,
  });
  const givenUp: number[] = [];
  /** With so many bytes in the journal. */
  const holdAt = (bytes: number): void => {
    progress.appendedBytes = bytes;
    places.hold(() => givenUp.push(bytes));
  };
  return { progress, places, givenUp, holdAt };
}

test('it is kept as long as the record that says so is not on the disk', () => {
  const { progress, places, givenUp, holdAt } = open();
  for (const bytes of [10, 10, 20, 30]) holdAt(bytes);
  progress.savedBytes = 9;
  places.review();
  expect(givenUp).toEqual([]);
  progress.savedBytes = 20;
  places.review();
  expect(givenUp).toEqual([10, 10, 20]);
  progress.savedBytes = 30;
  // Whoever comes next looks after those before.
  holdAt(40);
  expect(givenUp).toEqual([10, 10, 20, 30]);
});

test('without an autosave nothing is kept', () => {
  let isGivenUp = false;
  new HeldPlaces(undefined).hold(() => (isGivenUp = true));
  expect(isGivenUp).toBe(true);
});

test('of hundreds of thousands, giving up takes no longer than holding them', () => {
  const { progress, places, givenUp, holdAt } = open();
  for (let bytes = 1; bytes <= 300_000; bytes++) holdAt(bytes);
  progress.savedBytes = 300_000;
  const beganMs = performance.now();
  places.review();
  expect(givenUp.length).toBe(300_000);
  // One by one, off the beginning of the list, it was more than ten seconds.
  expect(performance.now() - beganMs).toBeLessThan(2000);
});
