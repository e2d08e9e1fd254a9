/**
 * A thousand components on one state, on a screen of react-dom: `<kind> <shape>`. Tells how long one change takes until it is
 * in the document, and how many components it renders.
 */
import { Window } from 'happy-dom';
import { tell } from '../child-process.ts';
import { type Loop, timeLoop } from '../measure.ts';

const window = new Window();
const { document, HTMLIFrameElement } = window;
Object.assign(globalThis, { window, document, HTMLIFrameElement });

const { openScreen } = await import('../react/screens.ts');
const [kind, shape] = process.argv.slice(2) as [never, never];
const root = document.createElement('div');
const screen = await openScreen(kind, shape, root as never);
const loop: Loop = {
  async run(from, count) {
    for (let n = from; n < from + count; n++) {
      // A stride, so that neighbours in time are no neighbours on the screen.
      const index = (n * 7) % 1000;
      await screen.change(index, n + 1);
      if (screen.textOf(index) !== String(n + 1)) throw new Error(`${kind} shows ${screen.textOf(index)} for ${n + 1}.`);
    }
  },
};
const ns = await timeLoop(loop, { batch: 50 });
screen.counted.renders = 0;
await loop.run(1e6, 100);
tell({ ns, renders: screen.counted.renders / 100 });
await screen.close();
