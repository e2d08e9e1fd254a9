/** When an app that has crashed is started again, and with which state: decisions alone, nothing is done here. */
import {
  RESTART_BACKOFF_MS_DEFAULT,
  RESTART_HEALTHY_MS_DEFAULT,
  RESTART_MAX_DEFAULT,
  RESTART_WITHIN_MS_DEFAULT,
  type RestartOptions,
} from '../options.ts';

/** However often it has crashed: half a minute is what a person waits for before looking. */
const BACKOFF_MS_MAX = 30_000;

/** What a launch begins with. `older`: a state from before the one with which the app had died at once. */
export type Beginning = 'first' | 'resumed' | 'older';

/** Milliseconds since 1970. */
export interface Life {
  readonly from: Beginning;
  readonly startedMs: number;
  readonly crashedMs: number;
}

export type Decision =
  | { readonly is: 'give up'; readonly reason: string }
  | { readonly is: 'restart'; readonly delayMs: number; readonly isPoisoned: boolean };

export class RestartPolicy {
  readonly #max: number;
  readonly #withinMs: number;
  readonly #backoffMs: number;
  readonly #healthyMs: number;
  /** When the app was restarted, within the window. */
  #restartsMs: number[] = [];
  /** A checkpoint that was taken before that is of a state that the app has lived with. */
  #livedBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: RestartOptions) {
    this.#max = options.max ?? RESTART_MAX_DEFAULT;
    this.#withinMs = options.withinMs ?? RESTART_WITHIN_MS_DEFAULT;
    this.#backoffMs = options.backoffMs ?? RESTART_BACKOFF_MS_DEFAULT;
    this.#healthyMs = options.healthyMs ?? RESTART_HEALTHY_MS_DEFAULT;
  }

  /** The same, while an app lives that was started then. */
  livedBeforeMs(startedMs: number, nowMs: number): number {
    return this.#isHealthy(startedMs, nowMs) ? nowMs - this.#healthyMs : this.#livedBeforeMs;
  }

  /** After a crash. */
  decide({ from, startedMs, crashedMs }: Life): Decision {
    this.#livedBeforeMs = this.livedBeforeMs(startedMs, crashedMs);
    const isHealthy = this.#isHealthy(startedMs, crashedMs);
    if (from === 'older' && !isHealthy) {
      return {
        is: 'give up',
        reason: 'it has died at once with an older state too, one that it had lived with',
      };
    }
    this.#restartsMs = this.#restartsMs.filter((atMs) => crashedMs - atMs < this.#withinMs);
    const count = this.#restartsMs.length;
    if (count >= this.#max) {
      return {
        is: 'give up',
        reason: `it has been started again ${count === 1 ? 'once' : `${count} times`} within ${this.#withinMs} ms, as option "restart" says`,
      };
    }
    const betweenMs = Math.min(this.#backoffMs * 2 ** count, Math.max(BACKOFF_MS_MAX, this.#backoffMs));
    const delayMs = Math.max(0, startedMs + betweenMs - crashedMs);
    this.#restartsMs.push(crashedMs + delayMs);
    return { is: 'restart', delayMs, isPoisoned: from === 'resumed' && !isHealthy };
  }

  #isHealthy(startedMs: number, untilMs: number): boolean {
    return untilMs - startedMs >= this.#healthyMs;
  }
}
