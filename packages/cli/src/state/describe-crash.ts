/** How an app has ended, in words and as JSON. */
import type { AutosaveReading } from '@faultguard/core/internal';
import { cutText } from '../terminal/escape-text.ts';
import { formatTime } from '../terminal/format-amounts.ts';

type CrashFacts = NonNullable<AutosaveReading['crash']>;

export interface CrashJson {
  readonly kind: CrashFacts['kind'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly error: { readonly name: string; readonly message: string; readonly stack: string } | null;
  readonly pid: number;
  readonly startedAt: string;
  readonly crashedAt: string;
}

export function toCrashJson({
  kind,
  exitCode,
  signal,
  error,
  pid,
  startedAt,
  crashedAt,
}: CrashFacts): CrashJson {
  return {
    kind,
    exitCode,
    signal,
    error: error ?? null,
    pid,
    startedAt: startedAt.toISOString(),
    crashedAt: crashedAt.toISOString(),
  };
}

const MESSAGE_CHARS_MAX = 200;

/** Safe for a terminal. */
export function describeCrash({ kind, exitCode, signal, error, pid, crashedAt }: CrashJson): string {
  return `${describeKind()}, ${formatTime(new Date(crashedAt))}, process ${pid}`;

  function describeKind(): string {
    switch (kind) {
      case 'signal':
        return cutText(String(signal), MESSAGE_CHARS_MAX);
      case 'exit':
        return `exit code ${exitCode}`;
      case 'exception':
        return error === null
          ? 'an exception'
          : cutText(`${error.name}: ${error.message}`, MESSAGE_CHARS_MAX);
      case 'out-of-memory':
        return 'out of memory';
      case 'hang':
        return 'its event loop hung';
      default:
        // Of an app that was no child of its guardian's the kernel may have told the signal.
        return signal === null ? 'vanished together with its guardian' : cutText(signal, MESSAGE_CHARS_MAX);
    }
  }
}
