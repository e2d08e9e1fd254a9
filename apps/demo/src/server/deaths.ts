/** How the app dies, when the page asks for it. */
import { readInvalidAddress } from '../read-invalid-address.ts';
import type { Fault } from '../notebook/faults.ts';

export type Deaths = Readonly<Record<Fault, () => void>>;

const LEAK_EVERY_MS = 10;
/** Of eight bytes each, so 1 MiB at a time. */
const NUMBERS_LEAKED = 131_072;

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

/**
 * The event loop goes on turning meanwhile: what is measured on the way is to be seen. Plain numbers, since a heap full of
 * small objects keeps V8 collecting for so long that the watchdog may take it for a hang.
 */
function leakUntilDeath(): void {
  const forgotten: number[][] = [];
  setInterval(() => {
    forgotten.push(Array<number>(NUMBERS_LEAKED).fill(Math.random()));
  }, LEAK_EVERY_MS);
}
