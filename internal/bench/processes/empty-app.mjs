/**
 * An app with an empty state that rests, and tells the pid of its guardian. JavaScript: Node takes some 20 MB for stripping
 * types, in both processes.
 */
import { start } from '@faultguard/core';
import { writeSync } from 'node:fs';

await start({
  launch(state, { stats }) {
    state.n = 1;
    // Once it has come to rest.
    setTimeout(() => {
      writeSync(1, `${JSON.stringify({ guardianPid: stats().guardianPid, appPid: process.pid })}\n`);
      setInterval(() => {}, 2 ** 31 - 1);
    }, 1500);
  },
});
