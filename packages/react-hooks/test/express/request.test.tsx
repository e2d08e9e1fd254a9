/** Pages of an Express server: each is rendered of the record of its own request, which `@faultguard/express` keeps. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guardRequests, inFlight } from '@faultguard/express';
import express from 'express';
import type { ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, onTestFinished, test } from 'vitest';
import { dehydrate, GuardProvider, hydrate, useGuardedSnapshot, useGuardedState } from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

function Page(): ReactNode {
  const [name] = useGuardedState<string>('name', '?');
  const path = useGuardedSnapshot((request: { path: string }) => request.path);
  return (
    <i>
      {name} at {path}
    </i>
  );
}

const render = (state: object): string =>
  renderToString(
    <GuardProvider state={state}>
      <Page />
    </GuardProvider>,
  );

test('requests at the same time have pages of their own, and their browsers go on with them', async () => {
  const { state } = await openGuard(() => ({}));
  const app = express();
  app.use(guardRequests(state));
  const waiting: (() => void)[] = [];
  app.get('/:name', async (request, response) => {
    Object.assign(request.guarded, { name: request.params.name });
    // Until all of them are there.
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 5) for (const go of waiting) go();
    });
    const inBrowser = hydrate(dehydrate(request.guarded));
    response.json([render(request.guarded), render(inBrowser), inFlight(state).length]);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const names = ['ada', 'bob', 'cyd', 'dan', 'eve'];
  const pages = await Promise.all(
    names.map(async (name) => (await fetch(`http://127.0.0.1:${port}/${name}?secret=1`)).json()),
  );
  const expected = names.map((name) => `<i>${name}<!-- --> at <!-- -->/${name}</i>`);
  expect(pages.map(([page]) => page)).toEqual(expected);
  expect(pages.map(([, page]) => page)).toEqual(expected);
  expect(pages[0][2]).toBe(5);
});
