/** Measures this machine, and writes it into the notebook. */
import { Instrument } from '../instrument.ts';
import type { Notebook } from '../notebook/notebook.ts';

const INTERVAL_MS = 100;

export function measureInto(notebook: Notebook): void {
  const instrument = new Instrument(INTERVAL_MS);
  setInterval(() => {
    const { cpu, memory, loopDelayMs } = instrument.measure();
    notebook.write({
      kind: 'sample',
      busyPercent: round(cpu.busyPercent),
      residentMib: round(memory.residentBytes / 1024 ** 2),
      loopDelayMs: round(loopDelayMs),
    });
  }, INTERVAL_MS);
}

/** To what can be read on a plot. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
