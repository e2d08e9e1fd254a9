import { readFileSync } from 'node:fs';

/** What a process has given to the disk since its start: pages that it has made dirty, 4096 bytes each. */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
