/** Tells how long importing the library and attach() keep this process: `<first | loaded>`. "loaded": the modules of the app's side are. */
import { writeSync } from 'node:fs';

const importedAt = performance.now();
const { attach } = await import('@faultguard/core');
const importMs = performance.now() - importedAt;

if (process.argv[2] === 'loaded') {
  // Once before, for nothing: what is loaded then stays.
  const guard = await attach({});
  await guard.close();
}
const cpuBefore = process.cpuUsage();
const before = performance.now();
const guard = await attach({});
const attachMs = performance.now() - before;
const { user, system } = process.cpuUsage(cpuBefore);
writeSync(1, `${JSON.stringify({ importMs, attachMs, cpuMs: (user + system) / 1000 })}\n`);
await guard.close();
