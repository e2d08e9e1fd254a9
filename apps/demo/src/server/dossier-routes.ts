/** What the rescues have saved. */
import { Router } from 'express';
import type { Settings } from './settings.ts';

export function dossierRoutes({ directory }: Settings): Router {
  const router = Router();
  router.get('/:name', (request, response, next) => {
    const { name } = request.params;
    if (!/^dossier-\d+-\d+\.json$/.test(name)) next();
    else
      response.sendFile(name, { root: directory, cacheControl: false }, (error?: Error) => error && next());
  });
  return router;
}
