/** The notes: one text, as it was left last. */
import { Router } from 'express';
import type { Notebook } from '../notebook/notebook.ts';

const NOTE_LENGTH_MAX = 20_000;

export function noteRoutes(notebook: Notebook): Router {
  const router = Router();
  router.put('/', (request, response) => {
    const { text } = (request.body ?? {}) as { text?: unknown };
    if (typeof text !== 'string' || text.length > NOTE_LENGTH_MAX) {
      response
        .status(400)
        .json({ error: `text has to be a string of at most ${NOTE_LENGTH_MAX} characters.` });
      return;
    }
    response.json(notebook.write({ kind: 'note', text }));
  });
  return router;
}
