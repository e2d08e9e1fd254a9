/** `GET /`: counts the visit, and sends the page as it is now. */
import type { GuardSource } from '@faultguard/react-hooks';
import type { RequestHandler } from 'express';
import type { NotebookState } from '../notebook/notebook.ts';
import { renderPage } from './render-page.tsx';
import type { Settings } from './settings.ts';
import { countVisit, visitorOf } from './visitor-routes.ts';

export function pageRoute(
  { page }: NotebookState,
  guard: GuardSource,
  { twinPort }: Settings,
): RequestHandler {
  return (request, response) => {
    countVisit(request);
    const twinOrigin = `http://${request.hostname}:${twinPort}`;
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Security-Policy', policy(twinOrigin));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'same-origin');
    response.send(renderPage({ state: page, guard, visitor: visitorOf(request), twinOrigin }));
  };
}

/** Nothing but what comes from here; the stream of the other app too. Nobody may put the page into a frame. */
function policy(twinOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${twinOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
