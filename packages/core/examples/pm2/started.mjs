/** What PM2 starts is the guardian, which starts the app: see ecosystem.config.cjs. */
import { createServer } from 'node:http';
import { start } from '@faultguard/core';

await start({
  initial: () => ({ requests: 0 }),
  launch: (state) => {
    const server = createServer((request, response) => {
      state.requests++;
      response.end(`${process.pid}: ${state.requests}\n`);
    });
    // To PM2, by way of the guardian.
    server.listen(process.env.PORT, () => process.send?.('ready'));
    // Twice: PM2 sends it to both processes, and the guardian passes it on.
    process.on('SIGINT', () => {
      server.close((error) => error ?? process.exit());
      server.closeIdleConnections();
    });
  },
  rescue: ({ requests }, { signal }) => console.log(`rescued ${requests} requests after ${signal}`),
  autosave: { path: 'started.xz', existing: 'resume', keep: 'always' },
});
