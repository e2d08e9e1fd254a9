import { configure, observable } from 'mobx';
import type { Loop } from '../measure.ts';

export function open(): Loop {
  configure({ enforceActions: 'never' });
  const state = observable({ counter: 0 });
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) state.counter = i;
    },
  };
}
