/** How the app dies, when the page asks for it. */
import { Leak, readInvalidAddress } from '../fatal-faults.ts';
import type { Fault } from '../notebook/faults.ts';

export type Deaths = Readonly<Record<Fault, () => void>>;

const LEAK_EVERY_MS = 10;
/** Heap of a quarter of a second, in each turn. */
const LEAK_MS = 250;

/** Those that need no guardian. */
export const sharedDeaths: Omit<Deaths, 'guardian' | 'both'> = {
  segfault: () => readInvalidAddress(),
  kill: killSelf,
  heap: leakUntilDeath,
  exception: () => {
    throw new Error('Nobody catches this');
  },
  loop: () => {
    for (;;);
  },
};

export function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}

export function killGuardian(guardianPid: number): void {
  process.kill(guardianPid, 'SIGKILL');
}

export function killBoth(guardianPid: number): void {
  killGuardian(guardianPid);
  killSelf();
}

/** The event loop goes on turning meanwhile: what is measured on the way is to be seen. */
function leakUntilDeath(): void {
  const leak = new Leak();
  setInterval(() => leak.grow(LEAK_MS), LEAK_EVERY_MS);
}
