/** What an autosave holds now, whether somebody uses it or not: for looking only. */
import { resolve } from 'node:path';
import { type AutosaveReading, checkReadable, isActive, readAutosave } from '@faultguard/core/internal';
import { type Assessment, assessReading } from '../state/assess-reading.ts';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes } from '../terminal/format-amounts.ts';
import type { Output } from '../terminal/output.ts';

export interface LiveReading {
  readonly reading: AutosaveReading;
  /** The state, with its custom values made. */
  readonly root: object;
  readonly isActive: boolean;
  readonly assessment: Assessment;
}

/** While its app runs, files are replaced while they are read: what is wrong then is looked at again. */
const TRIES_WHILE_ACTIVE = 4;

/** `isUnfinished`: for whoever reads on in its journal. Rejects as `readAutosave` does. */
export async function readLive(
  path: string,
  textBytesMax: number,
  output: Output,
  isUnfinished = false,
): Promise<LiveReading> {
  const absolute = resolve(path);
  checkReadable(absolute);
  output.progress(`reading ${escapeText(path)}`);
  const options = {
    textBytesMax,
    isUnfinished,
    onUnpacked: (bytes: number) => output.progress(`reading ${escapeText(path)}: ${formatBytes(bytes)}`),
  };
  for (let tries = 1; ; tries++) {
    const wasActive = isActive(absolute);
    const reading = await readAutosave(absolute, options);
    const assessment = assessReading(reading, wasActive);
    if (!wasActive || assessment.problems.length === 0 || tries === TRIES_WHILE_ACTIVE) {
      return { reading, root: reading.state, isActive: wasActive, assessment };
    }
  }
}
