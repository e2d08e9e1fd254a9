/** What the page shows of the notebook: the newest entries, sorted. The server keeps it; the browser goes on with it. */
import type { Entry, Life, NewGuardian, Note, Sample, Step } from './entries.ts';

export interface Order {
  readonly id: string;
  readonly steps: readonly Pick<Step, 'step' | 'life' | 'pid'>[];
}

export interface View {
  /** Of the newest entry. */
  readonly sequence: number;
  readonly recent: readonly Sample[];
  readonly note: Note | null;
  readonly orders: readonly Order[];
  readonly life: Life | null;
  readonly guardian: NewGuardian | null;
}

/** A minute of them. */
export const RECENT_MAX = 600;
export const ORDERS_MAX = 3;

export const emptyView: View = {
  sequence: 0,
  recent: [],
  note: null,
  orders: [],
  life: null,
  guardian: null,
};

/** The view after these entries. What they do not touch is the same object as before. */
export function readEntries(view: View, entries: readonly Entry[]): View {
  const news = entries.filter(({ sequence }) => sequence > view.sequence);
  const samples = news.filter((entry) => entry.kind === 'sample');
  let next = view;
  for (const entry of news) next = readEntry(next, entry);
  if (samples.length === 0) return next;
  return { ...next, recent: [...view.recent, ...samples].slice(-RECENT_MAX) };
}

function readEntry(view: View, entry: Entry): View {
  const { sequence } = entry;
  switch (entry.kind) {
    case 'sample':
      return { ...view, sequence };
    case 'note':
      return { ...view, sequence, note: entry };
    case 'step':
      return { ...view, sequence, orders: readStep(view.orders, entry) };
    case 'life':
      return { ...view, sequence, life: entry };
    case 'guardian':
    default:
      return { ...view, sequence, guardian: entry };
  }
}

function readStep(orders: readonly Order[], { order: id, step, life, pid }: Step): readonly Order[] {
  const done = { step, life, pid };
  const known = orders.some((order) => order.id === id);
  if (!known) return [...orders, { id, steps: [done] }].slice(-ORDERS_MAX);
  return orders.map((order) => (order.id === id ? { id, steps: [...order.steps, done] } : order));
}
