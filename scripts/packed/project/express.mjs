// A server with sessions and an order that is killed in its middle; its own client, which no crash touches, is the guardian.
import { start } from '@faultguard/core';
import {
  closeGracefully,
  guardRequests,
  GuardedSessionStore,
  guardStatus,
  inFlight,
} from '@faultguard/express';
import express from 'express';
import session from 'express-session';

await start({
  initial: () => ({ port: 0 }),
  launch: (state, context) => {
    const app = express();
    app.use(guardRequests(state));
    app.use('/status', guardStatus(context, { state }));
    app.use(
      session({
        store: new GuardedSessionStore(state),
        secret: 'not one',
        resave: false,
        saveUninitialized: false,
      }),
    );
    app.get('/', (request, response) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      response.send(`visit ${request.session.visits}`);
    });
    app.post('/order', (request, response) => {
      const order = request.guarded;
      if (order.step === undefined) {
        order.step = 'booked';
        process.kill(process.pid, 'SIGKILL');
      }
      response.json({ step: order.step, resumed: order.resumed });
    });
    const server = app.listen(state.port, '127.0.0.1', () => {
      state.port = server.address().port;
      console.log(`http://127.0.0.1:${state.port}`);
    });
    closeGracefully(server);
  },
  rescue: (state, { signal }) => {
    console.log(
      signal,
      inFlight(state)
        .map(({ method, path }) => `${method} ${path}`)
        .join(),
    );
  },
  restart: { healthyMs: 100 },
});
