/** Guards as they are from one look to the next: what there is to see at once, and rates and lags, which take two looks. */
import { type GuardJson, isOf } from './guard-facts.ts';
import { isAlive } from '../machine/process-facts.ts';

export interface WatchedGuard extends GuardJson {
  /** Bytes of journal a second since the last look; null at the first. */
  readonly appendedBytesPerSecond: number | null;
  readonly mirroredBytesPerSecond: number | null;
  /** Null without an autosave. */
  readonly savedBytesPerSecond: number | null;
  /** Appended, and not mirrored yet. */
  readonly unmirroredBytes: number;
  /** For how long the oldest of what is not on the disk has been waiting, as far as it has been seen: 0 when all is. */
  readonly unsavedForMs: number | null;
}

export interface Look {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly guards: readonly WatchedGuard[];
  /** Appended bytes a second of the last looks, the oldest first, by the directory of the guard. */
  readonly appendedRates: ReadonlyMap<string, readonly number[]>;
}

/** Of rates that are remembered: as many as a wide terminal shows. */
const RATES_MAX = 120;
/** Of ends of the journal that are remembered to know for how long something has not been saved. */
const ENDS_MAX = 1000;

/** When the journal of a guard ended where. */
interface End {
  readonly atMs: number;
  readonly bytes: number;
}

export class GuardSampler {
  #last: Look | undefined;
  readonly #ends = new Map<string, End[]>();
  /** Of the guard that is looked at alone: the app may be another process after a restart, and so may the guardian. */
  readonly #pids: Set<number> | undefined;

  /** `pid`: of an app or a guardian. Without it all guards are looked at. */
  constructor(pid?: number) {
    if (pid !== undefined) this.#pids = new Set([pid]);
  }

  /** The guard that is looked at alone has a living process. */
  get isAlive(): boolean {
    return this.#pids === undefined || [...this.#pids].some((pid) => isAlive(pid));
  }

  look(guards: readonly GuardJson[], atMs: number): Look {
    const wanted = guards.filter((guard) => !guard.isAbandoned && this.#isWanted(guard));
    const last = this.#last;
    const watched = wanted.map((guard) => this.#watch(guard, atMs, last));
    const rates = watched.map(({ directory, appendedBytesPerSecond }) => {
      const before = last?.appendedRates.get(directory) ?? [];
      const next = appendedBytesPerSecond === null ? before : [...before, appendedBytesPerSecond];
      return [directory, next.slice(-RATES_MAX)] as const;
    });
    for (const directory of this.#ends.keys()) {
      if (!watched.some((guard) => guard.directory === directory)) this.#ends.delete(directory);
    }
    this.#last = { atMs, guards: watched, appendedRates: new Map(rates) };
    return this.#last;
  }

  #isWanted(guard: GuardJson): boolean {
    const pids = this.#pids;
    if (pids === undefined) return true;
    if (![...pids].some((pid) => isOf(guard, pid))) return false;
    pids.clear();
    for (const { pid } of [guard.app, guard.guardian].filter((facts) => facts !== null)) pids.add(pid);
    return true;
  }

  #watch(guard: GuardJson, atMs: number, last: Look | undefined): WatchedGuard {
    const { directory, appendedBytes, mirroredBytes, savedBytes } = guard;
    const before = last?.guards.find((other) => other.directory === directory);
    const seconds = (atMs - (last?.atMs ?? atMs)) / 1000;
    const rateOf = (bytes: number, bytesBefore: number | null | undefined): number | null =>
      bytesBefore == null || seconds <= 0 ? null : Math.max(0, Math.round((bytes - bytesBefore) / seconds));
    return {
      ...guard,
      appendedBytesPerSecond: rateOf(appendedBytes, before?.appendedBytes),
      mirroredBytesPerSecond: rateOf(mirroredBytes, before?.mirroredBytes),
      savedBytesPerSecond: savedBytes === null ? null : rateOf(savedBytes, before?.savedBytes),
      unmirroredBytes: Math.max(0, appendedBytes - mirroredBytes),
      unsavedForMs:
        savedBytes === null ? null : this.#unsavedForMs(directory, appendedBytes, savedBytes, atMs),
    };
  }

  #unsavedForMs(directory: string, appendedBytes: number, savedBytes: number, atMs: number): number {
    const ends = (this.#ends.get(directory) ?? []).filter(({ bytes }) => bytes > savedBytes);
    if (appendedBytes > (ends.at(-1)?.bytes ?? savedBytes)) ends.push({ atMs, bytes: appendedBytes });
    // The oldest says for how long; those in the middle only until it has been saved.
    if (ends.length > ENDS_MAX) ends.splice(1, 1);
    this.#ends.set(directory, ends);
    return ends[0] === undefined ? 0 : atMs - ends[0].atMs;
  }
}
