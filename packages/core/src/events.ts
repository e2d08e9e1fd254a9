/**
 * What happens to a guard, told to whoever wants to know, in the process in which it is known. Nobody has to listen:
 * what matters to the app is said by warnings, and what matters to a rescue by the crash.
 *
 * Invariant: a listener that throws harms nothing of the guard. What it throws is told as a warning.
 */
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { Crash } from './rescue/crash.ts';

/** Each event has one argument. Where it is told: `app`, `guardian`, or both. */
export interface GuardEvents {
  /** App. Its guardian has died; a new one is being started. */
  'guardian-lost': [{ readonly pid: number }];
  /** App. A new guardian has the state. `tookMs` since the loss was noticed. */
  'guardian-restored': [{ readonly pid: number; readonly tookMs: number }];
  /** Both, with an autosave. So many bytes of journal are on the disk, as in `stats().saved`. */
  saved: [{ readonly saved: number }];
  /** App. What does not work any more, as in `stats().degraded`. */
  degraded: [{ readonly part: 'journal' | 'autosave'; readonly reason: string }];
  /** App. It works again. */
  healed: [{ readonly part: 'journal' | 'autosave' }];
  /** Guardian. The app's event loop has not turned for that long; the app is being ended. */
  hang: [{ readonly pid: number; readonly forMs: number; readonly stack?: string }];
  /** Guardian. Before `rescue` is called. */
  crash: [Crash];
  /** Guardian. The app is started again, after that time. */
  restart: [{ readonly attempt: number; readonly delayMs: number; readonly crash: Crash }];
}

/**
 * Tells what happens to the guard of this process: `events.on('guardian-lost', …)`. Listeners keep no process alive.
 * Each event is also published on the channel `faultguard:<name>` of node:diagnostics_channel, with the same object.
 */
export const events: EventEmitter<GuardEvents> = new EventEmitter<GuardEvents>();

export function tell<Name extends keyof GuardEvents>(name: Name, detail: GuardEvents[Name][0]): void {
  trace(() => `${name} ${describeDetail(detail)}`);
  try {
    const told = channel(`faultguard:${name}`);
    if (told.hasSubscribers) told.publish(detail);
    const emitter: EventEmitter = events;
    emitter.emit(name, detail);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'something that is no error';
    process.emitWarning(`faultguard: a listener of the event "${name}" threw: ${what}`, {
      code: 'FAULTGUARD_LISTENER_FAILED',
    });
  }
}

/** Environment variable: anything but an empty text or 0 has both processes say on standard error what they do. */
const DEBUG_VARIABLE = 'FAULTGUARD_DEBUG';
const isTracing = !['', '0', undefined].includes(process.env[DEBUG_VARIABLE]);

/** A line of the trace, put together only where somebody reads it. */
export function trace(describe: () => string): void {
  if (!isTracing) return;
  const seconds = (performance.now() / 1000).toFixed(3);
  // Standard error may be a pipe that nobody reads any more.
  try {
    process.stderr.write(`faultguard[${process.pid}] +${seconds}s ${describe()}\n`);
  } catch {
    // Then nobody wants to know.
  }
}

function describeDetail(detail: object): string {
  const { kind, pid, exitCode, signal } = detail as Partial<Crash>;
  // Of a crash nothing that might hold the state's contents.
  return JSON.stringify(
    kind === undefined ? detail : { kind, pid, exitCode, signal },
    (key, value: unknown) => (key === 'crash' ? undefined : value),
  );
}
