import type { Loop } from '../measure.ts';

export function open(): Loop {
  const state = { counter: 0 };
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.counter = i;
    },
    close() {
      if (state.counter === 0) throw new Error('Nothing has been assigned.');
    },
  };
}
