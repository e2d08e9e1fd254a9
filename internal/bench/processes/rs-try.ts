/**
 * A thousand components on one state, on screens of react-dom: `<shape>`. Tells for each kind of state how long one change takes
 * until it is in the document, and how many components it renders.
 *
 * All of them are in one process, and take turns every few milliseconds: most of the time is React's, which is the same for
 * all, and what slows the machine down for a while slows down all.
 */
import { Window } from 'happy-dom';
import { tell } from '../child-process.ts';
import type { Screen, ScreenShape } from '../react/screens.ts';
import { median } from '../statistics.ts';

const BATCH = 20;
const BATCHES_WARM_UP = 30;
const BATCHES = 600;

// React reads it once, when it is loaded.
process.env['NODE_ENV'] = 'production';
const window = new Window();
const { document, HTMLIFrameElement } = window;
Object.assign(globalThis, { window, document, HTMLIFrameElement });

const { COMPONENTS, openScreen, screenKinds } = await import('../react/screens.ts');
const [shape] = process.argv.slice(2) as [ScreenShape];
const screens: [kind: string, screen: Screen][] = [];
for (const kind of screenKinds.filter((k) => process.argv[3].split(',').includes(k))) {
  screens.push([kind, await openScreen(kind, shape, document.createElement('div') as unknown as Element)]);
}

let number = 0;
/** Microseconds of one change. */
async function timeBatch(kind: string, screen: Screen): Promise<number> {
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

const times = new Map<string, number[]>(screens.map(([kind]) => [kind, []]));
for (let batch = 0; batch < BATCHES_WARM_UP + BATCHES; batch++) {
  for (const [kind, screen] of screens) {
    if (batch === BATCHES_WARM_UP) screen.counted.renders = 0;
    const time = await timeBatch(kind, screen);
    if (batch >= BATCHES_WARM_UP) times.get(kind)?.push(time);
  }
}
for (const [kind, screen] of screens) {
  tell({
    [kind]: median(times.get(kind) as number[]),
    [`${kind} renders`]: screen.counted.renders / BATCHES / BATCH,
  });
}
for (const [, screen] of screens) await screen.close();
