import type { ReactNode } from 'react';
import { Chart } from './chart.tsx';
import { padNumber } from './formats.ts';
import { useGuardedState } from './guard-hooks.ts';
import { NoteEditor } from './note-editor.tsx';
import { OrderDesk } from './order-desk.tsx';
import { VisitorCard } from './visitor-card.tsx';

export function GuardedNotebook(): ReactNode {
  const [recent] = useGuardedState(['view', 'recent']);
  const [sequence] = useGuardedState(['view', 'sequence']);
  return (
    <section className="notebook" aria-labelledby="guarded-title">
      <div className="title">
        <h2 id="guarded-title">Guarded</h2>
        <p>
          <span className="number" id="sequence">
            {padNumber(String(sequence), 6)}
          </span>{' '}
          entries, and counting
        </p>
      </div>
      <div className="charts">
        <Chart title="Processors busy" unit="%" samples={recent} pick="busyPercent" />
        <Chart title="Memory of the app" unit="MiB" samples={recent} pick="residentMib" />
        <Chart title="Delay of the event loop" unit="ms" samples={recent} pick="loopDelayMs" />
      </div>
      <div className="desk">
        <NoteEditor />
        <VisitorCard />
        <OrderDesk />
      </div>
    </section>
  );
}
