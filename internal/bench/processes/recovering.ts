/** Reads a state back, once: `<autosave | JSON> <path>`. */
import { readFileSync } from 'node:fs';
import { tell } from '../child-process.ts';

interface State {
  readonly rows?: readonly unknown[];
  readonly list?: readonly unknown[];
}

interface Read {
  readonly state: State;
  readonly records: number;
}

const [how, path] = process.argv.slice(2) as ['autosave' | 'JSON', string];

const read = how === 'JSON' ? readJson : await prepareRecover();
const startedAt = performance.now();
const { state, records } = await read();
const ms = performance.now() - startedAt;
tell({
  ms,
  // In kilobytes, as getrusage(2) has it.
  peakBytes: process.resourceUsage().maxRSS * 1024,
  records,
  entries: (state.rows ?? state.list ?? []).length,
});

function readJson(): Read {
  return { state: JSON.parse(readFileSync(path, 'utf8')) as State, records: 0 };
}

/** Not loaded where it is not measured. */
async function prepareRecover(): Promise<() => Promise<Read>> {
  const { recover } = await import('@faultguard/core');
  return async () => {
    const { state, source } = await recover(path);
    return { state, records: source.recordsReplayed };
  };
}
