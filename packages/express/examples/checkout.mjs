/**
 * A shop whose checkout takes three steps, and which may die before, in and after each of them. A client that repeats
 * its request with the same Idempotency-Key gets its order: each step is done once.
 *
 *   node examples/bank.mjs                                   prints its address
 *   BANK=http://127.0.0.1:… node examples/checkout.mjs       prints its own
 *   curl -X POST …/checkout?die=charged -H 'Idempotency-Key: "1"' -H 'Content-Type: application/json' -d '{"item":"tea"}'
 *   the same once more, and: curl …/ledger
 */
import { start, transaction } from '@faultguard/core';
import { closeGracefully, guardRequests } from '@faultguard/express';
import express from 'express';

const port = Number(process.env.PORT ?? 0);

await start({
  initial: () => ({ port, stock: { tea: 1000 }, ledger: [] }),
  launch: (state) => {
    const app = express();
    app.use(guardRequests(state));
    app.use(express.json());

    app.post('/checkout', async (request, response) => {
      const order = request.guarded;
      const { item } = request.body;
      const mayDie = crasher(request);
      const step = (name, change = () => {}) => {
        mayDie(name);
        transaction(state, () => {
          change();
          state.ledger.push({ order: order.id, step: name });
          mayDie(`in ${name}`); // a rescue sees nothing of a transaction that is half done
          order.step = name;
        });
        mayDie(`after ${name}`);
      };

      if (order.step === undefined) step('reserve', () => state.stock[item]--);
      if (order.step === 'reserve') {
        await charge(order.id, 3); // the order's id, so that the bank knows it again
        step('charge');
      }
      if (order.step === 'charge') step('ship');
      response.json({ order: order.id, resumed: order.resumed });
      mayDie('at the end');
    });

    app.get('/ledger', (_request, response) => {
      response.json({ ledger: state.ledger, stock: state.stock });
    });

    const server = app.listen(state.port, '127.0.0.1', () => {
      state.port = server.address().port; // the next life listens where this one did
      console.log(`shop at http://127.0.0.1:${state.port}`);
    });
    closeGracefully(server);
  },
  restart: { max: 100, backoffMs: 1, healthyMs: 100 },
});

async function charge(order, amount) {
  const answer = await fetch(`${process.env.BANK}/charges`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': order },
    body: JSON.stringify({ amount }),
  });
  if (!answer.ok) throw new Error(`The bank says ${answer.status}.`);
}

/** For the sake of the example: `?die=in charge` is a `kill -9` there, the first time that the request gets to it. */
function crasher(request) {
  return (moment) => {
    if (request.query.die === moment && !request.guarded.resumed) process.kill(process.pid, 'SIGKILL');
  };
}
