import { readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

/** Of a file in which a process says its own, in a line, once it has begun. */
export function readPid(path: string): Promise<number> {
  return waitFor(`the pid in ${path}`, () => {
    try {
      const text = readFileSync(path, 'utf8');
      return text.endsWith('\n') && Number(text);
    } catch {
      return false;
    }
  });
}
