/** What is in the notebook, for whoever wants to compare it with a record of their own. */
import { Router } from 'express';
import type { Notebook } from '../notebook/notebook.ts';

const ENTRIES_MAX = 10_000;

/** `GET /?after=<sequence>&upTo=<sequence>` */
export function entryRoutes(notebook: Notebook): Router {
  const router = Router();
  router.get('/', (request, response) => {
    const [after, upTo] = [Number(request.query['after']), Number(request.query['upTo'])];
    if (!(Number.isSafeInteger(after) && Number.isSafeInteger(upTo))) {
      response.status(400).json({ error: 'after and upTo have to be whole numbers.' });
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    const entries = notebook.entriesAfter(after, ENTRIES_MAX);
    response.json(entries.filter(({ sequence }) => sequence <= upTo));
  });
  return router;
}
