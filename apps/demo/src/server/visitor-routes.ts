/** Who is there: kept in the session. */
import { type Request, Router } from 'express';
import type { Theme, Visitor } from '../notebook/visitor.ts';

declare module 'express-session' {
  interface SessionData {
    name: string;
    visits: number;
    theme: Theme;
  }
}

const NAME_LENGTH_MAX = 40;

/** `GET /` tells, `PUT /` changes the name, the theme, or both. */
export function visitorRoutes(): Router {
  const router = Router();
  router.get('/', (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.json(visitorOf(request));
  });
  router.put('/', (request, response) => {
    const { name, theme } = (request.body ?? {}) as { name?: unknown; theme?: unknown };
    if (typeof name === 'string') request.session.name = name.slice(0, NAME_LENGTH_MAX);
    if (theme === 'light' || theme === 'dark' || theme === 'system') request.session.theme = theme;
    response.json(visitorOf(request));
  });
  return router;
}

/** Called when the page is sent. */
export function countVisit({ session }: Request): void {
  session.visits = (session.visits ?? 0) + 1;
}

export function visitorOf({ session: { name = '', visits = 0, theme = 'system' } }: Request): Visitor {
  return { name, visits, theme };
}
