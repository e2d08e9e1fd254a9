/**
 * Gathers what goes into the dossier of a crash, in the guardian: while the app lives, times and resource use, when the
 * guardian is awake anyway; after its death, the rest, when somebody asks or before the files go.
 */
import type { JournalFollower } from '../guardian/journal-follower.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { Session } from '../platform/session.ts';
import type { Crash, CrashFacts } from '../rescue/crash.ts';
import { withDossier } from './dossier.ts';
import { DossierReader, type DossierSettings, mutationCountOf } from './dossier-reader.ts';
import { Looks } from './looks.ts';
import { ResourceSampler } from './resource-sample.ts';

/** Looks of which all show something other than a mutation are rare. */
const LOOKS_PER_MUTATION = 2;

export class DossierGatherer {
  readonly #settings: DossierSettings;
  readonly #session: Session;
  readonly #looks: Looks;
  readonly #sampler: ResourceSampler;
  /** Undefined once the state has been let go. */
  #follower: JournalFollower | undefined;
  #reader: DossierReader | undefined;

  /** Call it when the app has just been started. */
  constructor(settings: DossierSettings, session: Session, follower: JournalFollower, pid: number) {
    this.#settings = settings;
    this.#session = session;
    this.#follower = follower;
    this.#looks = new Looks(mutationCountOf(settings) * LOOKS_PER_MUTATION);
    this.#sampler = new ResourceSampler(pid);
    follower.onLook = (reached) => {
      const nowMs = Date.now();
      this.#looks.note(reached, nowMs);
      this.#sampler.noticeActivity(nowMs);
    };
  }

  /** The app is dead and everything has been read. */
  describe(facts: CrashFacts | undefined, mirror: Mirror): Crash | undefined {
    if (facts === undefined || this.#follower === undefined) return undefined;
    const { directory, nonceLow, nonceHigh } = this.#session;
    const { end, keys } = this.#follower;
    const { crashedAt } = facts;
    const looks = this.#looks;
    const files = { directory, nonceLow, nonceHigh, end, keys, looks, mirror, crashedAt };
    this.#reader = new DossierReader(files, this.#settings);
    const { last } = this.#sampler;
    return withDossier({ ...facts, ...(last !== undefined && { resources: last }) }, this.#reader);
  }

  /** Before the state is let go and the files are removed: reads what nobody has asked for so far. */
  settle(): void {
    this.#reader?.settle();
    this.#follower = undefined;
  }
}
