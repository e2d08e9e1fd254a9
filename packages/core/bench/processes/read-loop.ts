/** Times reads of one nested number: `<guarded | plain | deep proxy | mobx | valtio>`. */
import { start } from '@faultguard/core';
import { observable } from 'mobx';
import { proxy } from 'valtio/vanilla';
import { tell } from '../child-process.ts';
import { createDeepProxy } from '../deep-proxy.ts';
import { timeLoop } from '../measure.ts';

interface Nested {
  a: { b: { c: number } };
}

const what = process.argv[2];
const plain: Nested = { a: { b: { c: 1 } } };

if (what === 'guarded') {
  await start<Nested>({
    initial: () => plain,
    async launch(state) {
      await timeReads(state);
      // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
      process.exit(0);
    },
  });
} else if (what === 'plain') await timeReads(plain);
else if (what === 'deep proxy') await timeReads(createDeepProxy(plain));
else if (what === 'mobx') await timeReads(observable(plain));
else if (what === 'valtio') await timeReads(proxy(plain));
else throw new Error(`There is nothing named ${what} to read.`);

async function timeReads(state: Nested): Promise<void> {
  let sum = 0;
  const ns = await timeLoop(
    {
      run(from, count) {
        for (let i = from; i < from + count; i++) sum += state.a.b.c;
      },
    },
    { batch: 200_000 },
  );
  tell({ ns, sum });
}
