/** An app that has died listens again where its last life did. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const TRY_EVERY_MS = 50;
/** So long somebody else may have the port, between one life and the next. */
const TRY_MS_MAX = 5000;

export async function listen(app: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(app);
  const deadline = performance.now() + TRY_MS_MAX;
  for (;;) {
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return server;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || performance.now() > deadline) throw error;
      await sleep(TRY_EVERY_MS);
    }
  }
}
