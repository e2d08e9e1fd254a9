/** Times one loop on one kind of state: `<loop> <kind>`. */
import { tell } from '../child-process.ts';
import { growthLoops } from '../growth-loops.ts';
import { timeLoop } from '../measure.ts';
import { type StateKind, withState } from '../state-kinds.ts';
import { collectionLoops, readLoops } from '../state-loops.ts';

const [name, kind] = process.argv.slice(2) as [string, StateKind];
const stateLoop = [...readLoops, ...collectionLoops, ...growthLoops].find((loop) => loop.name === name);
if (stateLoop === undefined) throw new Error(`There is no loop named ${name}.`);
const batch = stateLoop.batches[kind];
if (batch === undefined) throw new Error(`${name} is not timed on a state that is ${kind}.`);

await withState(kind, stateLoop.initial, async (state) => {
  const loop = stateLoop.open(state);
  const ns = await timeLoop(loop, { batch });
  await loop.close?.();
  tell({ ns });
});
