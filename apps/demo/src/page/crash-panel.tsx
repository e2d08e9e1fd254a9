import type { ReactNode } from 'react';
import { FAULTS, faultTexts } from '../notebook/faults.ts';
import { useLaboratory, useLaboratoryState } from './laboratory.ts';

export function CrashPanel(): ReactNode {
  const { crash } = useLaboratory();
  const pending = useLaboratoryState((state) => state.pending);
  const presence = useLaboratoryState(({ app }) => app.presence);
  const refusal = useLaboratoryState((state) => state.refusal);
  const isBusy = pending !== null || presence !== 'here';
  return (
    <section className="crash" aria-labelledby="crash-title">
      <div className="title">
        <h2 id="crash-title">Crash it</h2>
        <p className="refusal" role="alert">
          {refusal}
        </p>
      </div>
      <ul className="faults">
        {FAULTS.map((fault) => (
          <li key={fault}>
            <button
              type="button"
              data-fault={fault}
              data-pending={pending === fault}
              aria-disabled={isBusy}
              aria-describedby={`how-${fault}`}
              onClick={() => {
                if (!isBusy) crash(fault);
              }}
            >
              {faultTexts[fault].title}
            </button>
            <p id={`how-${fault}`}>{faultTexts[fault].how}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
