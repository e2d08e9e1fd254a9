import { writeSync } from 'node:fs';

/** At once, whatever comes after: by a plain write to standard error. */
export function print(message: string): void {
  try {
    writeSync(2, `faultguard: ${message}\n`);
  } catch {
    // Nobody is listening.
  }
}
