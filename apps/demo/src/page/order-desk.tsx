import type { ReactNode } from 'react';
import { STEPS } from '../notebook/entries.ts';
import type { Order } from '../notebook/view.ts';
import { useGuardedState } from './guard-hooks.ts';
import { type Delivery, useLaboratory, useLaboratoryState } from './laboratory.ts';

/** One request that takes three steps: crash the app in the midst of it. */
export function OrderDesk(): ReactNode {
  const { placeOrder } = useLaboratory();
  const delivery = useLaboratoryState(({ app }) => app.delivery);
  const [orders] = useGuardedState(['view', 'orders']);
  const isBusy = delivery.state === 'under way';
  return (
    <div className="card">
      <h3>Order tea, in three steps</h3>
      <div className="line">
        <button
          type="button"
          id="order"
          aria-disabled={isBusy}
          onClick={() => {
            if (!isBusy) placeOrder();
          }}
        >
          Order 100 g
        </button>
      </div>
      <OrderSteps order={orders.at(-1)} delivery={delivery} />
    </div>
  );
}

export function OrderSteps({ order, delivery }: { order: Order | undefined; delivery: Delivery }): ReactNode {
  return (
    <>
      <ol className="steps">
        {STEPS.map((name) => {
          const done = order?.steps.find(({ step }) => step === name);
          return (
            <li key={name} data-done={done !== undefined}>
              {name}
              <span>{done === undefined ? '' : `done in life ${done.life}`}</span>
            </li>
          );
        })}
      </ol>
      <p className="state">{describe(order, delivery)}</p>
    </>
  );
}

function describe(order: Order | undefined, { state, attempts }: Delivery): string {
  switch (state) {
    case 'none':
      return order === undefined ? 'no order yet' : `order ${order.id}`;
    case 'under way':
      return attempts > 1 ? `sent ${attempts} times, with the same key` : 'under way';
    case 'done':
      return `order ${order?.id ?? ''}, answered after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    case 'lost':
    default:
      return 'the request is lost, and nobody knows how far it got';
  }
}
