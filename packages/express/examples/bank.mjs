/**
 * The bank of the shop in checkout.mjs: another company's server, which may be asked twice for the same charge and
 * does it once. It prints its port; GET / tells what has been charged.
 */
import express from 'express';

const charges = new Map();
const app = express();
app.use(express.json());
app.post('/charges', (request, response) => {
  const key = request.get('Idempotency-Key');
  if (!charges.has(key)) charges.set(key, { order: key, amount: request.body.amount, asked: 0 });
  charges.get(key).asked++;
  response.json(charges.get(key));
});
app.get('/', (_request, response) => {
  response.json([...charges.values()]);
});
const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`bank at http://127.0.0.1:${server.address().port}`);
});
