/**
 * The witness: what the app says of itself on a way that the guard has no part in.
 *
 * Invariants:
 * 1. A sample is reported after its last mutation has returned, never before.
 * 2. A report is one synchronous system call: it is in the kernel's hands before the app goes on.
 * 3. A report carries the checksum of the sample as it was measured, so that the rescued one can be compared.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Sample } from '../instrument.ts';

interface SampleReport {
  readonly number: number;
  readonly checksum: number;
}

export interface Report {
  /** Absent as long as the app has not started. */
  readonly pid?: number;
  readonly samples: readonly SampleReport[];
  /** Of the monotonic clock, when the app knew that its next instruction would be its last. */
  readonly fatalAtNs?: bigint;
}

export class ReportWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
    writeSync(this.#file, `pid ${process.pid}\n`);
  }

  sample(number: number, checksum: number): void {
    writeSync(this.#file, `sample ${number} ${checksum}\n`);
  }

  fatal(): void {
    writeSync(this.#file, `fatal ${process.hrtime.bigint()}\n`);
  }
}

export function checksumSample(sample: Sample): number {
  return crc32(JSON.stringify(sample));
}

/** Empty when there is none yet. */
export function readReport(path: string): Report {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const samples: SampleReport[] = [];
  let pid: number | undefined;
  let fatalAtNs: bigint | undefined;
  // What follows the last line end is a report that was not finished.
  for (const line of text.split('\n').slice(0, -1)) {
    const [word, first = '', second = ''] = line.split(' ');
    if (word === 'sample') samples.push({ number: Number(first), checksum: Number(second) });
    else if (word === 'pid') pid = Number(first);
    else if (word === 'fatal') fatalAtNs = BigInt(first);
  }
  return { samples, ...(pid !== undefined && { pid }), ...(fatalAtNs !== undefined && { fatalAtNs }) };
}
