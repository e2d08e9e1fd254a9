import type { RunningScript } from '@faultguard/test-kit';
import { expect } from 'vitest';
import { followDocument } from '../../src/follow-document.ts';
import { runConsole } from '../../src/run-console.ts';
import type { Place } from '../../src/place.ts';

let server: RunningScript;

async function startServer(place: Place, file: string): Promise<void> {
  server = place.start(file);
  await place.untilListening();
}

async function stopServer(): Promise<void> {
  server.process.kill('SIGTERM');
  await server.ended;
}

followDocument('packages/express/README.md', [
  { language: 'sh', has: 'node server.mjs', run: (_, place) => startServer(place, 'server.mjs') },
  {
    language: 'console',
    has: 'visit 2',
    async run({ code }, place) {
      await runConsole(code, place);
      expect(server.output.stdout).toBe("SIGKILL at [ '/crash' ]\n");
      await stopServer();
    },
  },
  {
    language: 'js',
    has: "app.post('/checkout'",
    async run({ code }, place) {
      place.write(
        'checkout.mjs',
        `import { start, transaction } from '@faultguard/core';
         import { guardRequests } from '@faultguard/express';
         import express from 'express';
         const charge = async (order) => console.log('charged ' + order);
         await start({
           initial: () => ({ ledger: [] }),
           launch: (state) => {
             const app = express();
             ${code}
             app.get('/', (_request, response) => response.json(state.ledger));
             app.listen(3000);
           },
         });`,
      );
      await startServer(place, 'checkout.mjs');
      const url = `http://localhost:${place.port}`;
      const order = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': '"1"' },
        body: JSON.stringify({ item: 'tea' }),
      };
      const first = await (await fetch(`${url}/checkout`, order)).text();
      const { order: id } = JSON.parse(first) as { order: string };
      expect(first).toBe(JSON.stringify({ order: id, resumed: false }));
      expect(await (await fetch(`${url}/checkout`, order)).text()).toBe(first);
      expect(await (await fetch(url)).json()).toEqual([{ order: id, item: 'tea' }]);
      expect(server.output.stdout).toBe(`charged ${id}\n`);
      await stopServer();
    },
  },
  { language: 'sh', has: 'npm install', notRun: 'scripts/test-packed.ts installs what no registry has yet' },
]);
