/** Changes its state 100,000 times a second, for some seconds: `<watched | bare>`. Tells the processor time that it used. */
import { start } from '@faultguard/core';
import { tell } from '../child-process.ts';

const SECONDS = 4;
const PER_TICK = 500;
const TICK_MS = 5;

const isWatched = process.argv[2] === 'watched';

await start<{ counter: number }>({
  initial: () => ({ counter: 0 }),
  ...(isWatched ? { hangTimeoutMs: 1000 } : { dossier: { mutations: 0, stderrLines: 0 } }),
  launch(state) {
    // Once it is warm.
    setTimeout(() => {
      const before = process.cpuUsage();
      const fromMs = performance.now();
      let done = 0;
      const timer = setInterval(() => {
        const due = Math.min(Math.floor((performance.now() - fromMs) / TICK_MS), (SECONDS * 1000) / TICK_MS);
        for (; done < due; done++) for (let i = 0; i < PER_TICK; i++) state.counter++;
        if (performance.now() - fromMs < SECONDS * 1000) return;
        clearInterval(timer);
        const { user, system } = process.cpuUsage(before);
        tell({ cpuMs: (user + system) / 1000, elapsedMs: performance.now() - fromMs, count: state.counter });
        process.exit(0);
      }, TICK_MS);
    }, 1000);
  },
});
