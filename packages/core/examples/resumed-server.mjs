/**
 * A server with sessions in its memory, killed by a request. Its guardian starts it again with its state: whoever comes
 * back within the next moments is refused, and then goes on where they were.
 *
 *   node resumed-server.mjs
 *   curl localhost:3000/ada      ada: 1
 *   curl localhost:3000/ada      ada: 2
 *   curl localhost:3000/kill     no answer: the server has killed itself by SIGKILL
 *   curl localhost:3000/ada      ada: 3
 */
import { createServer } from 'node:http';
import { start } from '@faultguard/core';

await start({
  initial: () => ({ sessions: new Map() }),

  launch: ({ sessions }, { attempt }) => {
    const server = createServer((request, response) => {
      const name = request.url.slice(1);
      if (name === 'kill') process.kill(process.pid, 'SIGKILL');
      if (!sessions.has(name)) sessions.set(name, { visits: 0 });
      sessions.get(name).visits++;
      response.end(`${name}: ${sessions.get(name).visits}\n`);
    });
    server.listen(process.env.PORT ?? 3000, () => console.log(`launch ${attempt} listens`));
    process.once('SIGINT', () => server.close());
  },

  restart: {},
});
