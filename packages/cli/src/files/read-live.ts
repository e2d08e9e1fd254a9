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

const TRIES_WHILE_ACTIVE = 4;

interface Found {
  readonly isActive: boolean;
}

/**
 * What `look` finds of an autosave. While its app runs, files are replaced while they are read: what is wrong then is looked at
 * again.
 */
export async function lookWhileActive<T extends Found>(
  look: () => Promise<T>,
  isWrong: (found: T) => boolean,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const found = await look();
    if (!found.isActive || !isWrong(found) || tries === TRIES_WHILE_ACTIVE) return found;
  }
}

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
  const look = async (): Promise<LiveReading> => {
    const wasActive = isActive(absolute);
    const reading = await readAutosave(absolute, options);
    return {
      reading,
      root: reading.state,
      isActive: wasActive,
      assessment: assessReading(reading, wasActive),
    };
  };
  return await lookWhileActive(look, ({ assessment }) => assessment.problems.length > 0);
}
