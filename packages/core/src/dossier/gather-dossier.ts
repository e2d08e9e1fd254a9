/**
 * Gathers what goes into the dossier of a crash, in the guardian: while the app lives, times and resource use, when the
 * guardian is awake anyway; after its death, the rest, when somebody asks or before the files go.
 */
import type { JournalFollower } from '../guardian/journal-follower.ts';
import type { Mirror } from '../mirror/mirror.ts';
import {
  DOSSIER_MUTATION_BYTES_MAX_DEFAULT,
  DOSSIER_MUTATIONS_DEFAULT,
  DOSSIER_STDERR_LINES_DEFAULT,
  type GuardOptions,
} from '../options.ts';
import type { Session } from '../platform/session.ts';
import type { Crash, CrashFacts } from '../rescue/crash.ts';
import { type DossierSource, withDossier } from './dossier.ts';
import { readLastMutations } from './flight-recorder.ts';
import { Looks } from './looks.ts';
import { describeMutations, type Mutation } from './mutations.ts';
import { parseRedactedPath } from './redaction.ts';
import { ResourceSampler } from './resource-sample.ts';
import { readStderrTail } from './stderr-tail.ts';

/** Objects of the state that are looked at when somebody asks: a second or so at most, and some 100 MB. */
const NODES_MAX = 1_000_000;
/** When nobody has asked before the state is let go, some 60 ms: the guardian is about to end. */
const NODES_MAX_UNASKED = 50_000;
/** Looks of which all show something other than a mutation are rare. */
const LOOKS_PER_MUTATION = 2;

interface Known {
  readonly mutations: readonly Mutation[];
  readonly stderr: readonly string[] | undefined;
}

export type DossierGathererOptions = Pick<GuardOptions<object>, 'dossier' | 'redact'>;

export class DossierGatherer {
  readonly #options: DossierGathererOptions;
  readonly #session: Session;
  readonly #looks: Looks;
  readonly #sampler: ResourceSampler;
  #crashedAt = new Date();
  /** What there is to read from. Undefined once the state has been let go. */
  #journal: { readonly follower: JournalFollower; readonly mirror: Mirror | undefined } | undefined;
  #known: Known | undefined;

  /** Call it when the app has just been started. */
  constructor(options: DossierGathererOptions, session: Session, follower: JournalFollower, pid: number) {
    this.#options = options;
    this.#session = session;
    this.#journal = { follower, mirror: undefined };
    this.#looks = new Looks(this.#mutationCount * LOOKS_PER_MUTATION);
    this.#sampler = new ResourceSampler(pid);
    follower.onLook = (reached) => {
      const nowMs = Date.now();
      this.#looks.note(reached, nowMs);
      this.#sampler.noticeActivity(nowMs);
    };
  }

  /** The app is dead and everything has been read. */
  describe(facts: CrashFacts | undefined, mirror: Mirror): Crash | undefined {
    if (facts === undefined || this.#journal === undefined) return undefined;
    this.#crashedAt = facts.crashedAt;
    this.#journal = { ...this.#journal, mirror };
    const { last } = this.#sampler;
    const source = (): Known => (this.#known ??= this.#read(NODES_MAX));
    return withDossier({ ...facts, ...(last !== undefined && { resources: last }) }, {
      get mutations() {
        return source().mutations;
      },
      get stderr() {
        return source().stderr;
      },
    } satisfies DossierSource);
  }

  /** Before the state is let go and the files are removed: reads what nobody has asked for so far. */
  settle(): void {
    if (this.#journal?.mirror !== undefined) this.#known ??= this.#read(NODES_MAX_UNASKED);
    this.#journal = undefined;
  }

  get #mutationCount(): number {
    return this.#options.dossier?.mutations ?? DOSSIER_MUTATIONS_DEFAULT;
  }

  #read(nodesMax: number): Known {
    const { stderrLines = DOSSIER_STDERR_LINES_DEFAULT } = this.#options.dossier ?? {};
    return {
      mutations: this.#readMutations(nodesMax),
      stderr: readStderrTail(this.#session.directory, stderrLines),
    };
  }

  #readMutations(nodesMax: number): readonly Mutation[] {
    const { dossier = {}, redact = [] } = this.#options;
    const { directory, nonceLow, nonceHigh } = this.#session;
    const { follower, mirror } = this.#journal ?? {};
    if (follower === undefined || mirror === undefined || this.#mutationCount === 0) return [];
    try {
      const recorded = readLastMutations({
        directory,
        nonceLow,
        nonceHigh,
        end: follower.end,
        keys: follower.keys,
        looks: this.#looks,
        count: this.#mutationCount,
      });
      return describeMutations(recorded, {
        mirror,
        crashedAt: this.#crashedAt,
        redacted: redact.map((pattern) => parseRedactedPath(pattern)),
        bytesMax: dossier.mutationBytesMax ?? DOSSIER_MUTATION_BYTES_MAX_DEFAULT,
        nodesMax,
      });
    } catch {
      // A state that a rescue has made what no state is. The rest of the dossier does not suffer from it.
      return [];
    }
  }
}
