/**
 * **This server can be crashed on purpose.** `POST /:fault` ends it, for nobody but a page of its own in a browser on
 * this machine: strangers.ts has let the request pass, and what comes from another machine is refused here.
 */
import { Router } from 'express';
import { isFault } from '../notebook/faults.ts';
import type { Deaths } from './deaths.ts';
import { comesFromHere } from './strangers.ts';

export function faultRoutes(deaths: Deaths): Router {
  const router = Router();
  router.post('/:fault', (request, response) => {
    const { fault } = request.params;
    if (!comesFromHere(request)) {
      response.status(403).json({ error: 'Only a browser on this machine may crash this app.' });
    } else if (!isFault(fault)) {
      response.status(404).json({ error: 'There is no such fault.' });
    } else {
      response.status(202).json({ fault });
      // When the answer is out, and outside of Express, which would catch an exception.
      response.on('finish', () => setImmediate(deaths[fault]));
    }
  });
  return router;
}
