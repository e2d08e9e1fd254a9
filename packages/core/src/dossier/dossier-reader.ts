/**
 * What a dossier has out of the files of a session, when the app is dead: the last mutations, and the last lines of standard
 * error. Read when somebody first asks, since hardly anybody does.
 */
import type { Mirror } from '../mirror/mirror.ts';
import {
  DOSSIER_MUTATION_BYTES_MAX_DEFAULT,
  DOSSIER_MUTATIONS_DEFAULT,
  DOSSIER_STDERR_LINES_DEFAULT,
  type GuardOptions,
} from '../options.ts';
import type { DossierSource } from './dossier.ts';
import { readLastMutations, type ReadLastMutationsOptions } from './flight-recorder.ts';
import { describeMutations, type Mutation, NODES_MAX } from './mutations.ts';
import { parseRedactedPath } from './redaction.ts';
import { readStderrTail } from './stderr-tail.ts';

/** When nobody has asked before the state is let go, some 60 ms. */
const NODES_MAX_UNASKED = 50_000;

export type DossierSettings = Pick<GuardOptions<object>, 'dossier' | 'redact'>;

/** Of the session. */
export interface DossierFiles extends Omit<ReadLastMutationsOptions, 'count'> {
  /** The state at the end of the journal. */
  readonly mirror: Mirror;
  readonly crashedAt: Date;
}

export class DossierReader implements DossierSource {
  readonly #settings: DossierSettings;
  /** Undefined once the state has been let go. */
  #files: DossierFiles | undefined;
  #read: DossierSource | undefined;

  constructor(files: DossierFiles, settings: DossierSettings) {
    this.#files = files;
    this.#settings = settings;
  }

  get mutations(): readonly Mutation[] {
    return this.#readOnce(NODES_MAX).mutations;
  }

  get stderr(): readonly string[] | undefined {
    return this.#readOnce(NODES_MAX).stderr;
  }

  /** Before the state is let go and the files are removed: reads what nobody has asked for so far. */
  settle(): void {
    this.#readOnce(NODES_MAX_UNASKED);
    this.#files = undefined;
  }

  #readOnce(nodesMax: number): DossierSource {
    return (this.#read ??= readFiles(this.#files as DossierFiles, this.#settings, nodesMax));
  }
}

/** Mutations that are told. */
export function mutationCountOf({ dossier }: DossierSettings): number {
  return dossier?.mutations ?? DOSSIER_MUTATIONS_DEFAULT;
}

function readFiles(files: DossierFiles, settings: DossierSettings, nodesMax: number): DossierSource {
  const { stderrLines = DOSSIER_STDERR_LINES_DEFAULT } = settings.dossier ?? {};
  return {
    mutations: readMutations(files, settings, nodesMax),
    stderr: readStderrTail(files.directory, stderrLines),
  };
}

function readMutations(
  { mirror, crashedAt, ...journal }: DossierFiles,
  settings: DossierSettings,
  nodesMax: number,
): readonly Mutation[] {
  const count = mutationCountOf(settings);
  if (count === 0) return [];
  const { dossier, redact = [] } = settings;
  try {
    return describeMutations(readLastMutations({ ...journal, count }), {
      mirror,
      crashedAt,
      redacted: redact.map((pattern) => parseRedactedPath(pattern)),
      bytesMax: dossier?.mutationBytesMax ?? DOSSIER_MUTATION_BYTES_MAX_DEFAULT,
      nodesMax,
    });
  } catch {
    // A state that a rescue has made what no state is. The rest of the dossier does not suffer from it.
    return [];
  }
}
