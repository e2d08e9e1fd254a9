/** A state that a rescue has returned is copied in, or refused, and neither leaves anything in the guardian. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { copyIn } from '../../src/restart/copy-in.ts';
import { guardBuiltins } from '../../src/state/guarded-builtins.ts';

guardBuiltins();

const copyAndRemove = (state: object): unknown => {
  const { mirror, remove } = copyIn(state);
  remove();
  return mirror.root;
};

const held = (): object => ({
  descriptors: readdirSync('/proc/self/fd').length,
  listeners: process.listenerCount('exit'),
  sessions: readdirSync('/dev/shm').filter((name) => name.includes(`-${process.pid}-`)),
});

test.each([
  ['copied', (): unknown => copyAndRemove({ list: [1, 2], trace: new Float64Array(8) })],
  [
    'refused',
    () => expect(() => copyIn({ trace: new Float64Array(8), f() {} })).toThrow(/state\.f: a function/),
  ],
])('one that is %s leaves no descriptor, no listener and no file', (_, copy) => {
  copy();
  const before = held();
  for (let n = 0; n < 5; n++) copy();
  expect(held()).toEqual(before);
  expect(before).toMatchObject({ sessions: [] });
});

test('it is the same state', () => {
  expect(copyAndRemove({ list: [1, { two: 2 }], at: new Date(5) })).toEqual({
    list: [1, { two: 2 }],
    at: new Date(5),
  });
});
