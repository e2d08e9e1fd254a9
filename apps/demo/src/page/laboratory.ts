/** What the components know of the world outside of the notebook: who is there, what has happened, what can be asked for. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Entry, Life, NewGuardian, Sample } from '../notebook/entries.ts';
import type { Fault } from '../notebook/faults.ts';
import { emptyView, type View } from '../notebook/view.ts';
import type { Theme, Visitor } from '../notebook/visitor.ts';
import type { Dossier } from './dossier.ts';

/** `silent`: connected, and nothing comes, although something should. */
export type Presence = 'unknown' | 'here' | 'silent' | 'away';

export interface Loss {
  /** Of the entries that this page had seen. */
  readonly lost: number;
  readonly of: number;
  /** The longest time in which nothing came. */
  readonly awayMs: number;
}

/** One death, as this page has lived through it. */
export interface Incident extends Loss {
  /** Who lives now: the app after its death, or the new guardian. */
  readonly successor: Life | NewGuardian;
  readonly lastBefore: Sample | null;
  readonly firstAfter: Sample;
  readonly isSessionKept: boolean;
  /** Null where the app has not died. */
  readonly dossier: Dossier | null;
}

export interface Delivery {
  readonly state: 'none' | 'under way' | 'done' | 'lost';
  /** How often the request has been sent. */
  readonly attempts: number;
}

interface Side {
  readonly presence: Presence;
  readonly pid: number | null;
  readonly delivery: Delivery;
}

interface Twin extends Side {
  readonly view: View;
  /** By its last death. */
  readonly loss: Loss | null;
}

export interface LaboratoryState {
  readonly app: Side;
  readonly twin: Twin;
  readonly visitor: Visitor;
  /** Asked for, and not over yet. */
  readonly pending: Fault | null;
  readonly incident: Incident | null;
  /** How many there have been. */
  readonly incidents: number;
  /** What went wrong with the last thing asked for. */
  readonly refusal: string | null;
}

interface EntryReader {
  /** Entries of the guarded app. */
  readonly read: (entries: readonly Entry[]) => void;
  /** What comes now is another notebook, from its beginning. */
  readonly startOver: () => void;
}

export interface Laboratory {
  readonly subscribe: (listener: () => void) => () => void;
  readonly read: () => LaboratoryState;
  /** Goes on from this view: has the reader told of what comes behind it. */
  readonly follow: (view: View, reader: EntryReader) => void;
  readonly crash: (fault: Fault) => void;
  readonly placeOrder: () => void;
  /** Resolves when the app has acknowledged it: rejects when it has not. */
  readonly saveNote: (text: string) => Promise<void>;
  readonly introduce: (visitor: { readonly name?: string; readonly theme?: Theme }) => void;
}

const nobody: Side = { presence: 'unknown', pid: null, delivery: { state: 'none', attempts: 0 } };

/** What the server renders, and the browser begins with. */
export function firstState(visitor: Visitor): LaboratoryState {
  return {
    app: nobody,
    twin: { ...nobody, view: emptyView, loss: null },
    visitor,
    pending: null,
    incident: null,
    incidents: 0,
    refusal: null,
  };
}

/** For the server: nothing ever happens in it. */
export function stillLaboratory(visitor: Visitor): Laboratory {
  const state = firstState(visitor);
  return {
    subscribe: () => () => {},
    read: () => state,
    follow: () => {},
    crash: () => {},
    placeOrder: () => {},
    saveNote: () => Promise.resolve(),
    introduce: () => {},
  };
}

export const LaboratoryContext: React.Context<Laboratory | null> = createContext<Laboratory | null>(null);

export function useLaboratory(): Laboratory {
  const laboratory = useContext(LaboratoryContext);
  if (laboratory === null) throw new Error('There is no laboratory around this component.');
  return laboratory;
}

/** What `select` picks of the present state: something that stays the same object as long as it does not change. */
export function useLaboratoryState<T>(select: (state: LaboratoryState) => T): T {
  const { subscribe, read } = useLaboratory();
  const pick = (): T => select(read());
  return useSyncExternalStore(subscribe, pick, pick);
}
