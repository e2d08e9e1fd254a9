/** What PM2 starts is the app, and its guardian stands beside it: see ecosystem.config.cjs. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { attach } from '@faultguard/core';

const { name, NODE_APP_INSTANCE: instance, PORT } = process.env;

/** In PM2's cluster mode a reload starts the next instance while this one still has the autosave. */
async function attachInTurn(options) {
  for (;;) {
    try {
      return await attach(options);
    } catch (error) {
      if (error.code !== 'ERR_FAULTGUARD_AUTOSAVE_ACTIVE') throw error;
      await sleep(100);
    }
  }
}

const guard = attachInTurn({
  initial: () => ({ requests: 0 }),
  rescue: new URL('./rescue.mjs', import.meta.url),
  autosave: { path: `${name}-${instance}.xz`, existing: 'resume', keep: 'always' },
}).catch((error) => {
  // PM2 does not let a rejection end the process.
  console.error(error);
  process.exit(1);
});

const server = createServer(async (request, response) => {
  const { state } = await guard;
  state.requests++;
  response.end(`${instance}: ${state.requests}\n`);
});
// Not when there is a state: PM2 ends the last instance when this one is ready, and requests can wait for that.
server.listen(PORT, () => process.send?.('ready'));

process.on('SIGINT', () => {
  server.close(() => process.exit());
  server.closeIdleConnections();
});
