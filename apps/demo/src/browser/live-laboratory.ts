/** The laboratory of a page in a browser: connected with both apps. */
import type { Entry } from '../notebook/entries.ts';
import { emptyView, readEntries, type View } from '../notebook/view.ts';
import type { Visitor } from '../notebook/visitor.ts';
import type { Dossier } from '../page/dossier.ts';
import {
  type Delivery,
  firstState,
  type Laboratory,
  type LaboratoryState,
  type Loss,
  type Presence,
} from '../page/laboratory.ts';
import type { PageFacts } from '../page/page.tsx';
import { AppWatch, type Death } from './app-watch.ts';
import { batch } from './batch.ts';
import { Observable } from './observable.ts';
import { orderUntilAnswered } from './order.ts';
import { readAnswer, send } from './send.ts';
import { TwinWatch } from './twin-watch.ts';

/** Far longer than any of them takes: the request may have been lost. */
const DEATH_MS_MAX = 20_000;
const LOOK_EVERY_MS = 250;
/** Samples come ten times a second. */
const SILENT_AFTER_MS = 1000;

export class LiveLaboratory implements Laboratory {
  readonly #twinOrigin: string;
  readonly #state: Observable<LaboratoryState>;
  #app: AppWatch | undefined;
  #twin: TwinWatch | undefined;

  constructor({ visitor, twinOrigin }: PageFacts) {
    this.#twinOrigin = twinOrigin;
    this.#state = new Observable(firstState(visitor));
  }

  readonly subscribe: Laboratory['subscribe'] = (listener) => this.#state.subscribe(listener);
  readonly read: Laboratory['read'] = () => this.#state.read();

  readonly follow: Laboratory['follow'] = (view, reader) => {
    this.#app = new AppWatch(view, {
      presence: (presence, pid) => this.#noteApp(presence, pid),
      entry: batch(reader.read),
      replaced: reader.startOver,
      death: (death) => void this.#report(death),
    });
    this.#twin = new TwinWatch(this.#twinOrigin, {
      presence: (presence, pid) => this.#noteTwin(presence, pid),
      entry: batch((entries) => this.#showTwin(entries)),
      death: (loss) => this.#noteLoss(loss),
    });
    setInterval(() => this.#listenForSilence(), LOOK_EVERY_MS);
  };

  readonly crash: Laboratory['crash'] = (fault) => {
    const { twin } = this.#state.read();
    this.#state.change({ pending: fault, refusal: null, twin: { ...twin, loss: null } });
    this.#app?.expectDeath();
    void this.#ask(`/api/faults/${fault}`);
    // Whatever becomes of it: it dies of the same.
    send('POST', `${this.#twinOrigin}/api/faults/${fault}`).catch(() => {});
    const { incidents } = this.#state.read();
    setTimeout(() => {
      const { pending, incidents: now } = this.#state.read();
      if (pending === fault && now === incidents)
        this.#state.change({ pending: null, refusal: 'Nobody has died of that.' });
    }, DEATH_MS_MAX);
  };

  readonly saveNote: Laboratory['saveNote'] = async (text) => {
    send('PUT', `${this.#twinOrigin}/api/notes`, { text }).catch(() => {});
    const entry = await readAnswer<Entry>(send('PUT', '/api/notes', { text }));
    // Acknowledged: from now on it counts as lost when it is not there.
    this.#app?.noteAcknowledged(entry);
  };

  readonly placeOrder: Laboratory['placeOrder'] = () => {
    void orderUntilAnswered((attempts) => this.#deliverApp({ state: 'under way', attempts })).then(() =>
      this.#deliverApp({ ...this.#state.read().app.delivery, state: 'done' }),
    );
    this.#deliverTwin({ state: 'under way', attempts: 1 });
    send('POST', `${this.#twinOrigin}/api/orders`, { item: 'tea' }).then(
      ({ ok }) => this.#deliverTwin({ state: ok ? 'done' : 'lost', attempts: 1 }),
      () => this.#deliverTwin({ state: 'lost', attempts: 1 }),
    );
  };

  readonly introduce: Laboratory['introduce'] = (change) => {
    const { visitor } = this.#state.read();
    this.#state.change({ visitor: { ...visitor, ...change } });
    readAnswer<Visitor>(send('PUT', '/api/visitor', change)).then(
      (kept) => this.#state.change({ visitor: kept, refusal: null }),
      (error: unknown) => this.#state.change({ refusal: (error as Error).message }),
    );
  };

  /** An app that dies at once may not have answered any more; one that says no has. */
  async #ask(url: string): Promise<void> {
    const response = await send('POST', url).catch(() => undefined);
    if (response === undefined || response.ok) return;
    const { error } = (await response.json()) as { error: string };
    this.#state.change({ pending: null, refusal: error });
  }

  async #report(death: Death): Promise<void> {
    const { visitor } = this.#state.read();
    const { witness, lastSeen, ...facts } = death;
    try {
      const [loss, kept, dossier] = await Promise.all([
        witness.audit(lastSeen),
        fetch('/api/visitor').then((response) => response.json() as Promise<Visitor>),
        fetchDossier(death),
      ]);
      // Another tab may have been opened meanwhile: that is a visit more.
      const isSessionKept = kept.name === visitor.name && kept.visits >= visitor.visits;
      const incidents = this.#state.read().incidents + 1;
      const incident = { ...facts, ...loss, isSessionKept, dossier };
      this.#state.change({ pending: null, incidents, incident });
    } catch {
      // It has died again meanwhile: that is the next one.
    }
  }

  #noteApp(presence: Presence, pid?: number): void {
    const { app } = this.#state.read();
    this.#state.change({ app: { ...app, presence, pid: pid ?? app.pid } });
  }

  #noteTwin(presence: Presence, pid?: number): void {
    const { twin } = this.#state.read();
    const isAnother = pid !== undefined && pid !== twin.pid;
    const view = isAnother ? emptyView : twin.view;
    this.#state.change({ twin: { ...twin, presence, pid: pid ?? twin.pid, view } });
  }

  #showTwin(entries: readonly Entry[]): void {
    const { twin } = this.#state.read();
    const view: View = readEntries(twin.view, entries);
    this.#state.change({ twin: { ...twin, view } });
  }

  #noteLoss(loss: Loss): void {
    this.#state.change({ twin: { ...this.#state.read().twin, loss } });
  }

  #deliverApp(delivery: Delivery): void {
    this.#state.change({ app: { ...this.#state.read().app, delivery } });
  }

  #deliverTwin(delivery: Delivery): void {
    this.#state.change({ twin: { ...this.#state.read().twin, delivery } });
  }

  #listenForSilence(): void {
    const { app, twin } = this.#state.read();
    const appPresence = presenceAfter(app.presence, this.#app?.silenceMs);
    const twinPresence = presenceAfter(twin.presence, this.#twin?.silenceMs);
    if (appPresence !== app.presence) this.#noteApp(appPresence);
    if (twinPresence !== twin.presence) this.#noteTwin(twinPresence);
  }
}

function presenceAfter(presence: Presence, silenceMs = 0): Presence {
  if (presence === 'here' && silenceMs > SILENT_AFTER_MS) return 'silent';
  if (presence === 'silent' && silenceMs <= SILENT_AFTER_MS) return 'here';
  return presence;
}

async function fetchDossier({ successor }: Death): Promise<Dossier | null> {
  const name = successor.kind === 'life' ? (successor.crash?.dossier ?? null) : null;
  return name === null ? null : ((await (await fetch(`/api/dossiers/${name}`)).json()) as Dossier);
}
