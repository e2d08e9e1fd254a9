/**
 * An order takes three steps, and some time for each. Under guard a request that a crash has cut off is repeated by the
 * page, with the same idempotency key, and goes on behind the last step that is done.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentRequest } from '@faultguard/express';
import { type RequestHandler, Router } from 'express';
import { STEPS } from '../notebook/entries.ts';
import type { Notebook } from '../notebook/notebook.ts';

/** What is known of a request that is under way. */
interface Progress {
  order?: string;
  stepsDone?: number;
}

declare module '@faultguard/express' {
  interface RequestFields extends Progress {}
}

const STEP_MS = 700;

const passOn: RequestHandler = (_request, _response, next) => next();

export function orderRoutes(notebook: Notebook, resumable: RequestHandler = passOn): Router {
  const router = Router();
  router.use(resumable);
  router.post('/', (_request, response, next) => {
    // Without a guard nothing is known of an earlier attempt.
    const progress: Progress = currentRequest() ?? {};
    workOn(notebook, progress).then((order) => response.status(201).json({ order }), next);
  });
  return router;
}

async function workOn(notebook: Notebook, progress: Progress): Promise<string> {
  const order = (progress.order ??= randomBytes(3).toString('hex'));
  for (const [index, step] of STEPS.entries()) {
    if (index < (progress.stepsDone ?? 0)) continue;
    await sleep(STEP_MS);
    notebook.write({ kind: 'step', order, step, pid: process.pid }, () => (progress.stepsDone = index + 1));
  }
  return order;
}
