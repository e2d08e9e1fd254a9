import type { ReactNode } from 'react';
import { Chart } from './chart.tsx';
import { formatMs, padNumber } from './formats.ts';
import { type Loss, type Presence, useLaboratoryState } from './laboratory.ts';
import { presenceTexts } from './presence-texts.ts';
import { OrderSteps } from './order-desk.tsx';

/** The same app without a guard: it gets what the other one gets, and dies of the same. */
export function TwinNotebook(): ReactNode {
  const { presence, pid, view, loss, delivery } = useLaboratoryState(({ twin }) => twin);
  return (
    <section className="notebook twin" aria-labelledby="twin-title" data-presence={presence}>
      <div className="title">
        <h2 id="twin-title">Unguarded</h2>
        <p>
          <span className="number" id="twin-sequence">
            {padNumber(String(view.sequence), 6)}
          </span>{' '}
          entries
        </p>
      </div>
      <div className="twin-process">
        <p>
          The same app, process <span id="twin-pid">{pid ?? '–'}</span>
        </p>
        <p>{describe(presence, loss)}</p>
      </div>
      <div className="charts">
        <Chart title="Processors busy" unit="%" samples={view.recent} pick="busyPercent" />
      </div>
      <div className="desk">
        <div className="card">
          <h3>Notes</h3>
          <p className="note-copy" id="twin-note">
            {view.note?.text ?? ''}
          </p>
        </div>
        <div className="card">
          <h3>Order</h3>
          <OrderSteps order={view.orders.at(-1)} delivery={delivery} />
        </div>
      </div>
    </section>
  );
}

function describe(presence: Presence, loss: Loss | null): string {
  if (presence === 'silent') return 'It hangs, and nobody has noticed. The demo ends it after three seconds.';
  if (presence === 'here' && loss !== null)
    return `Away for ${formatMs(loss.awayMs)}, and back with nothing.`;
  return presenceTexts[presence];
}
