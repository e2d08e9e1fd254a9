/**
 * Server rendering, with a record of its own for each request, streamed. The records of requests that a crash has cut off are
 * there after the restart.
 *
 *   PORT=3000 node server.mjs
 */
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '@faultguard/core';
import { dehydrate, GuardProvider } from '@faultguard/react-hooks';
import { build } from 'esbuild';
import { createElement as h } from 'react';
import { renderToPipeableStream } from 'react-dom/server';
import { Page } from './page.mjs';

await start({
  initial: () => ({ requests: {}, count: 0 }),
  launch: async (state) => {
    for (const [number, { user }] of Object.entries(state.requests)) {
      console.log(`request ${number} of ${user} has been cut off`);
      delete state.requests[number];
    }
    const client = await bundleClient();
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url, 'http://localhost');
      if (pathname === '/client.js') response.setHeader('content-type', 'text/javascript').end(client);
      else if (pathname === '/') sendPage(state, searchParams.get('user') ?? 'nobody', response);
      else response.writeHead(404).end();
    });
    server.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
      console.log(`http://127.0.0.1:${server.address().port}/?user=Ada process ${process.pid}`);
    });
  },
  restart: {},
});

async function loadOrders(user) {
  await sleep(200);
  return [`order 1 of ${user}`, `order 2 of ${user}`];
}

function sendPage(state, user, response) {
  const number = ++state.count;
  state.requests[number] = { user, at: new Date() };
  const record = state.requests[number];
  let loading;
  const load = () => (loading ??= loadOrders(user).then((orders) => (record.orders = orders)));

  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.write('<!doctype html><title>Orders</title><div id="root">');
  const page = new PassThrough();
  page.pipe(response, { end: false });
  page.on('end', () => {
    // Only now all of it has been rendered.
    response.write(`</div><script type="application/json" id="state">${dehydrate(record)}</script>`);
    response.end('<script src="/client.js"></script>');
  });
  const { pipe, abort } = renderToPipeableStream(h(GuardProvider, { state: record }, h(Page, { load })), {
    onShellReady: () => pipe(page),
    onError: (error) => console.error(error),
  });
  response.on('close', () => {
    abort();
    delete state.requests[number];
  });
}

/** The condition `browser` of the package's exports is esbuild's default for browsers. */
async function bundleClient() {
  const { outputFiles } = await build({
    entryPoints: [new URL('client.mjs', import.meta.url).pathname],
    bundle: true,
    write: false,
    minify: true,
    define: { 'process.env.NODE_ENV': JSON.stringify(process.env.NODE_ENV ?? 'development') },
  });
  return outputFiles[0].text;
}
