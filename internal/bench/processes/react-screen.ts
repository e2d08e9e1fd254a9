/**
 * A thousand components on one state, on a screen of react-dom: `<kind of state> <shape>`. Tells how long one change takes until
 * it is in the document, and how many components it renders.
 */
import { Window } from 'happy-dom';
import { tell } from '../child-process.ts';
import type { ScreenKind, ScreenShape } from '../react/screens.ts';
import { median } from '../statistics.ts';

const BATCH = 20;
const BATCHES_WARM_UP = 60;
const BATCHES = 200;

// React reads it once, when it is loaded.
process.env['NODE_ENV'] = 'production';
const window = new Window();
const { document, HTMLIFrameElement } = window;
Object.assign(globalThis, { window, document, HTMLIFrameElement });

const { COMPONENTS, openScreen } = await import('../react/screens.ts');
const [kind, shape] = process.argv.slice(2) as [ScreenKind, ScreenShape];
const screen = await openScreen(kind, shape, document.createElement('div') as unknown as Element);

let number = 0;
/** Microseconds of one change. */
async function timeBatch(): Promise<number> {
  const startedAt = performance.now();
  for (let n = 0; n < BATCH; n++) {
    number++;
    // A stride, so that neighbours in time are no neighbours on the screen.
    const index = (number * 7) % COMPONENTS;
    await screen.change(index, COMPONENTS + number);
    const shown = screen.textOf(index);
    if (shown !== String(COMPONENTS + number)) throw new Error(`${kind} shows ${shown}, not ${number}.`);
  }
  return ((performance.now() - startedAt) * 1000) / BATCH;
}

const times: number[] = [];
for (let batch = 0; batch < BATCHES_WARM_UP + BATCHES; batch++) {
  if (batch === BATCHES_WARM_UP) screen.counted.renders = 0;
  const time = await timeBatch();
  if (batch >= BATCHES_WARM_UP) times.push(time);
}
tell({ us: median(times), renders: screen.counted.renders / BATCHES / BATCH });
await screen.close();
