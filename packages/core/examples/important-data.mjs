/**
 * Important data, on disk every three seconds at the latest. The app dies of a segmentation fault, and its guardian
 * with it (as in a container that is out of memory); the next run finds the autosave, asks whether it is in use,
 * recovers it, deletes it, and goes on where the data end.
 *
 *   node important-data.mjs   dies in the middle of its work
 *   node important-data.mjs   goes on, and comes to its end
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isActive, recover, start } from '@faultguard/core';

const autosave = 'important-data.xz';
const results = 'important-data.json';

/** What has been measured so far, wherever it has come from. */
const writeResults = (data) => writeFileSync(results, JSON.stringify(data));

// What comes before start() runs in both processes: in the app's, the autosave is in use already.
if (existsSync(autosave) && !isActive(autosave)) {
  const { state, crash } = await recover(autosave, writeResults);
  rmSync(autosave);
  console.log(`recovered ${state.measurements.length} measurements of an app that ${crash.kind}`);
}

await start({
  initial: () => (existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : { measurements: [] }),

  launch: (data) => {
    const isFirstRun = data.measurements.length === 0;
    while (data.measurements.length < 10_000) {
      data.measurements.push(Math.sin(data.measurements.length));
      if (isFirstRun && data.measurements.length === 5000) {
        process.kill(process.ppid, 'SIGKILL');
        // A real one: libc reads the text at address 8.
        createRequire(import.meta.url)('koffi')
          .load(null)
          .func('size_t strlen(void *text)')(8n);
      }
    }
    writeResults(data);
    console.log(`done with ${data.measurements.length} measurements`);
  },

  rescue: (data, crash) => {
    writeResults(data);
    console.log(`rescued ${data.measurements.length} measurements after ${crash.signal}`);
  },

  autosave: { path: autosave, intervalMs: 3000 },
});
