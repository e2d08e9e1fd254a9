/**
 * What is written into the notebook. Every entry has a number, each one more than the last: by it everybody can tell
 * whether one is missing.
 */
interface Numbered {
  readonly sequence: number;
  /** Which life of the app has written it: 1 for the first, one more after each death. */
  readonly life: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One look at this machine. */
export interface Sample extends Numbered {
  readonly kind: 'sample';
  /** All cores together. */
  readonly busyPercent: number;
  /** Of the process that has measured it. */
  readonly residentMib: number;
  readonly loopDelayMs: number;
}

/** The text of the notes, as somebody has left it. */
export interface Note extends Numbered {
  readonly kind: 'note';
  readonly text: string;
}

/** One step of an order is done. */
export interface Step extends Numbered {
  readonly kind: 'step';
  readonly order: string;
  readonly step: StepName;
  readonly pid: number;
}

/** The app has begun, or begun again. */
export interface Life extends Numbered {
  readonly kind: 'life';
  readonly pid: number;
  readonly guardianPid: number | null;
  /** How the life before ended. */
  readonly crash?: CrashFacts;
}

/** What the page is told of a crash. The rest is in its dossier. */
export interface CrashFacts {
  readonly kind: string;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly pid: number;
  readonly error?: string;
  /** How long the event loop had stood still. */
  readonly hangMs?: number;
  /** Records of the journal that were newer than the file, when the state was read. */
  readonly recordsReplayed: number;
  /** By a guardian, which has outlived it. */
  readonly wasSeen: boolean;
  /** The name of its dossier's file. */
  readonly dossier: string;
}

/** A guardian has died, and another one has taken its place. */
export interface NewGuardian extends Numbered {
  readonly kind: 'guardian';
  readonly lostPid: number;
  readonly pid: number;
  readonly tookMs: number;
}

export type Entry = Sample | Note | Step | Life | NewGuardian;

/** An entry that has no number yet. */
export type Draft = Entry extends infer One ? (One extends Entry ? Omit<One, keyof Numbered> : never) : never;

export const STEPS = ['reserve', 'charge', 'ship'] as const;
type StepName = (typeof STEPS)[number];
