/** All there is to see of one guard, as lines that are safe for a terminal. */
import { formatRate } from '../../guards/columns.ts';
import type { WatchedGuard } from '../../guards/sample-guards.ts';
import { describeCommand, describeUse } from '../../guards/guard-facts.ts';
import type { ProcessFacts } from '../../machine/process-facts.ts';
import { describeCrash } from '../../state/describe-crash.ts';
import { sparkOf } from '../../state/series.ts';
import { escapeText } from '../../terminal/escape-text.ts';
import { formatBytes, formatCount, formatDuration } from '../../terminal/format-amounts.ts';

const LABEL_CHARS = 11;
const RATE_CHARS = 12;
/** A line with nothing in it would take no room. */
const BLANK = ' ';

/** `appendedRates`: of the last looks, the oldest first. Without a guard: it has ended, or is between two lives of its app. */
export function describeOne(
  guard: WatchedGuard | undefined,
  appendedRates: readonly number[],
  columns: number,
): string[] {
  if (guard === undefined)
    return ['It is not there any more, or its app has ended and is about to be started again.'];
  const { app, guardian, autosave, directory, restarts, lastCrash } = guard;
  return [
    line('app', app === null ? 'none: it has ended, or not begun' : describeProcess(app)),
    line('', describeCommand(app)),
    line(
      'guardian',
      guardian === null ? 'none: it has died, and the app starts a new one' : describeProcess(guardian),
    ),
    BLANK,
    line('appended', `${rate(guard.appendedBytesPerSecond)}${formatBytes(guard.appendedBytes)} in all`),
    line('mirrored', `${rate(guard.mirroredBytesPerSecond)}${formatBytes(guard.unmirroredBytes)} behind`),
    ...(guard.unsavedBytes === null
      ? []
      : [line('saved', `${rate(guard.savedBytesPerSecond)}${describeUnsaved(guard)}`)]),
    line('', sparkOf(appendedRates, Math.max(8, columns - LABEL_CHARS - 2))),
    BLANK,
    ...(autosave === null
      ? [line('autosave', 'none')]
      : [line('autosave', `${escapeText(autosave)}, ${formatBytes(guard.autosaveBytes ?? 0)}`)]),
    ...(guard.isAutosaveDegraded ? [line('', 'cannot be written')] : []),
    line('journal', `${escapeText(directory)}, ${formatBytes(guard.sizeBytes)}`),
    ...(guard.isDegraded ? [line('', 'the app has stopped journaling')] : []),
    BLANK,
    line('restarts', restarts === 0 ? 'none' : formatCount(restarts, 'restart')),
    line('last crash', lastCrash === null ? 'none' : describeCrash(lastCrash)),
  ];
}

function line(label: string, text: string): string {
  return ` ${label.padEnd(LABEL_CHARS)}${text}`;
}

function rate(bytesPerSecond: number | null): string {
  return (bytesPerSecond === null ? '' : formatRate(bytesPerSecond)).padEnd(RATE_CHARS);
}

function describeUnsaved({ unsavedBytes, unsavedForMs }: WatchedGuard): string {
  const waiting = unsavedForMs === null || unsavedForMs < 1000 ? '' : `, for ${formatDuration(unsavedForMs)}`;
  return `${formatBytes(unsavedBytes ?? 0)} not synced yet${waiting}`;
}

function describeProcess(facts: ProcessFacts): string {
  const use = describeUse(facts);
  return `process ${facts.pid}${use === '' ? '' : `, ${use}`}`;
}
