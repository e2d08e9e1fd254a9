/** The server of the notebook, guarded or not: what differs comes from outside. */
import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import type { Notebook } from '../notebook/notebook.ts';
import type { Deaths } from './deaths.ts';
import { dossierRoutes } from './dossier-routes.ts';
import { entryRoutes } from './entry-routes.ts';
import { EntryStream } from './entry-stream.ts';
import { faultRoutes } from './fault-routes.ts';
import { noteRoutes } from './note-routes.ts';
import { orderRoutes } from './order-routes.ts';
import type { Settings } from './settings.ts';
import { originsOf, refuseStrangers } from './strangers.ts';
import { visitorRoutes } from './visitor-routes.ts';

export interface Parts {
  readonly settings: Settings;
  readonly notebook: Notebook;
  /** Has the listener called after each change of what the page shows. */
  readonly onChange: (listener: () => void) => void;
  readonly secret: string;
  readonly sessionStore: Store;
  readonly deaths: Deaths;
  /** Lets requests with an idempotency key go on after a crash. */
  readonly resumable?: RequestHandler;
  /** The page itself. The app without a guard has none: its part of the page comes from the other one. */
  readonly page?: RequestHandler;
}

/** Where the build has put what browsers get. */
const BROWSER = fileURLToPath(new URL('../browser', import.meta.url));
const BODY_BYTES_MAX = 100_000;

export function makeApp(parts: Parts): Express {
  const { settings, notebook, onChange, secret, sessionStore, deaths, resumable, page } = parts;
  const stream = new EntryStream(notebook);
  onChange(() => stream.push());

  const app = express();
  app.disable('x-powered-by');
  // The page of one port asks the app at the other: both are told from strangers by where the page comes from.
  app.use(refuseStrangers(settings, page === undefined ? originsOf(settings) : undefined));
  app.get('/api/stream', stream.connect);
  app.use('/api/entries', entryRoutes(notebook));
  app.use('/api/dossiers', dossierRoutes(settings));
  app.use('/api/faults', faultRoutes(deaths));
  app.use(
    session({
      // Cookies do not tell ports apart.
      name: page === undefined ? 'twin' : 'notebook',
      secret,
      store: sessionStore,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'strict' },
    }),
  );
  app.use(express.json({ limit: BODY_BYTES_MAX }));
  app.use('/api/orders', orderRoutes(notebook, resumable));
  app.use('/api/visitor', visitorRoutes());
  app.use('/api/notes', noteRoutes(notebook));
  if (page !== undefined) {
    app.use('/assets', express.static(BROWSER, { index: false }));
    app.get('/', page);
  }
  return app;
}
