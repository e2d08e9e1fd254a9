import { proxy } from 'valtio/vanilla';
import type { Loop } from '../measure.ts';

export function open(): Loop {
  const state = proxy({ counter: 0 });
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.counter = i;
    },
  };
}
