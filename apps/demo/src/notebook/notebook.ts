/**
 * The notebook itself: ordinary objects and arrays, changed by ordinary JavaScript. Whether they are guarded is not
 * seen here; `commit` makes one of several changes, where somebody can.
 *
 * Invariants:
 * 1. `entries` has no gap: the sequence of each is one more than that of the one before.
 * 2. An entry and what the view says of it come together, in one commit.
 */
import type { Draft, Entry, Step } from './entries.ts';
import { emptyView, ORDERS_MAX, RECENT_MAX, type View } from './view.ts';

/** As it is kept: what `View` only reads. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

export interface NotebookState {
  /** The last quarter of an hour or so. */
  entries: Entry[];
  /** All that a browser is sent. */
  page: { view: Mutable<View> };
}

/** Of a notebook in which nothing has been written. */
export function emptyNotebook(): NotebookState {
  return { entries: [], page: { view: structuredClone(emptyView) as Mutable<View> } };
}

export type Commit = (change: () => void) => void;

/** Of samples, a quarter of an hour. Each is read again when the app comes back: some 25 µs. */
const ENTRIES_MAX = 10_000;

export class Notebook {
  readonly state: NotebookState;
  readonly #commit: Commit;
  readonly #life: number;

  constructor(state: NotebookState, commit: Commit) {
    this.state = state;
    this.#commit = commit;
    this.#life = (state.page.view.life?.life ?? 0) + 1;
  }

  /** The next entry. `alongside` is done in the same commit. */
  write(draft: Draft, alongside: (entry: Entry) => void = () => {}): Entry {
    const {
      entries,
      page: { view },
    } = this.state;
    const entry: Entry = { sequence: view.sequence + 1, life: this.#life, at: Date.now(), ...draft };
    this.#commit(() => {
      entries.push(entry);
      if (entries.length > ENTRIES_MAX) entries.shift();
      // What has been pushed is the notebook's own by now; here it stands in a second place.
      this.#show(entries.at(-1) as Entry);
      view.sequence = entry.sequence;
      alongside(entry);
    });
    return entry;
  }

  /** Entries behind this one, oldest first. */
  entriesAfter(sequence: number, countMax: number): Entry[] {
    const {
      entries,
      page: { view },
    } = this.state;
    const count = Math.max(0, Math.min(view.sequence - sequence, entries.length));
    const from = entries.length - count;
    return entries.slice(from, from + countMax);
  }

  #show(entry: Entry): void {
    const { view } = this.state.page;
    switch (entry.kind) {
      case 'sample':
        view.recent.push(entry);
        if (view.recent.length > RECENT_MAX) view.recent.shift();
        break;
      case 'note':
        view.note = entry;
        break;
      case 'step':
        this.#showStep(entry);
        break;
      case 'life':
        view.life = entry;
        break;
      case 'guardian':
        view.guardian = entry;
        break;
    }
  }

  #showStep({ order: id, step, life, pid }: Step): void {
    const { orders } = this.state.page.view;
    const known = orders.find((order) => order.id === id);
    if (known !== undefined) {
      known.steps.push({ step, life, pid });
      return;
    }
    orders.push({ id, steps: [{ step, life, pid }] });
    if (orders.length > ORDERS_MAX) orders.shift();
  }
}
