/** Times one loop: `guarded <name> <kind> <directory>` or `peer <name> <directory>`. */
import type { JournalOptions } from '@faultguard/core';
import { tell } from '../child-process.ts';
import { guardedLoops } from '../guarded-loops.ts';
import { timeLoop } from '../measure.ts';
import { peers } from '../peers/peers.ts';

const [what, name, ...rest] = process.argv.slice(2) as [string, string, ...string[]];

if (what === 'peer') await timePeer(rest[0] as string);
else await timeGuarded(rest[0] as 'mapped' | 'written', rest[1] as string);

async function timePeer(directory: string): Promise<void> {
  const peer = peers.find((peer) => peer.name === name);
  if (peer === undefined) throw new Error(`There is no peer named ${name}.`);
  const loop = await peer.open(directory);
  tell({ ns: await timeLoop(loop, peer) });
  await loop.close?.();
}

async function timeGuarded(kind: 'mapped' | 'written', directory: string): Promise<void> {
  const guarded = guardedLoops.find((loop) => loop.name === name);
  if (guarded === undefined) throw new Error(`There is no loop named ${name}.`);
  // Not loaded for a peer: it would have the library in its heap.
  const { start } = await import('@faultguard/core');
  const journal: JournalOptions = { kind, directory };
  await start({
    journal,
    initial: guarded.initial,
    async launch(state) {
      const loop = await guarded.open(state);
      tell({ ns: await timeLoop(loop, guarded.length) });
      await loop.close?.();
      // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
      process.exit(0);
    },
  });
}
