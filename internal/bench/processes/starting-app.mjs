/**
 * Tells when the app's own code runs: `<plain | mapped | written>`. JavaScript, because the guarded script is
 * loaded twice and Node's time for stripping types is not the question.
 */
import { writeSync } from 'node:fs';

const what = process.argv[2];

function launch() {
  writeSync(1, `${JSON.stringify({ launchedAtNs: Number(process.hrtime.bigint()) })}\n`);
  process.exit(0);
}

if (what === 'plain') launch();
const { start } = await import('@faultguard/core');
await start({ launch, journal: { kind: what } });
