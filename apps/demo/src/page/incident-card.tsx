import type { ReactNode } from 'react';
import { describeDeath, formatMs, formatSample } from './formats.ts';
import { type Incident, type LaboratoryState, useLaboratoryState } from './laboratory.ts';

const NOTHING = '–';

/** What has died, and what it has cost: by this page's own record. */
export function IncidentCard(): ReactNode {
  const incident = useLaboratoryState((state) => state.incident);
  const count = useLaboratoryState((state) => state.incidents);
  const twin = useLaboratoryState((state) => state.twin);
  return (
    <section className="incident" aria-labelledby="incident-title" data-incidents={count}>
      <div className="title">
        <h2 id="incident-title">What it cost</h2>
        <p>by this page’s own record of what it had seen, compared letter by letter</p>
      </div>
      <p className="unseen" role="status">
        {incident === null ? '' : tell(incident)}
      </p>
      <dl className="facts">
        <Fact id="died" label="Died" wide>
          {incident === null ? 'Nothing, yet. Choose a death above.' : describeDeath(incident.successor)}
        </Fact>
        <Fact id="away" label="Away for">
          {incident === null ? NOTHING : tellAbsence(incident)}
        </Fact>
        <Fact id="last-before" label="Last value before">
          {incident?.lastBefore ? formatSample(incident.lastBefore) : NOTHING}
        </Fact>
        <Fact id="first-after" label="First value after">
          {incident !== null ? formatSample(incident.firstAfter) : NOTHING}
        </Fact>
        <Fact id="session" label="Session">
          {incident === null ? NOTHING : incident.isSessionKept ? 'kept' : 'lost'}
        </Fact>
        <Fact id="lost" label="Lost, guarded" tone="good">
          {incident === null ? NOTHING : `${incident.lost} of ${incident.of}`}
        </Fact>
        <Fact id="twin-lost" label="Lost, unguarded" tone="bad">
          {tellTwinLoss(twin)}
        </Fact>
      </dl>
    </section>
  );
}

interface FactProps {
  readonly id: string;
  readonly label: string;
  readonly wide?: boolean;
  readonly tone?: 'good' | 'bad';
  readonly children: ReactNode;
}

function Fact({ id, label, wide = false, tone, children }: FactProps): ReactNode {
  return (
    <div data-wide={wide} data-tone={tone}>
      <dt>{label}</dt>
      <dd id={id}>{children}</dd>
    </div>
  );
}

function tell(incident: Incident): string {
  const { successor, lost, of } = incident;
  return `Died: ${describeDeath(successor)}. Away for: ${tellAbsence(incident)}. Lost: ${lost} of ${of}.`;
}

/** An app that has lost its guardian goes on: its longest silence is that between two samples. */
function tellAbsence({ successor, awayMs }: Incident): string {
  return successor.kind === 'guardian' ? `not away (${formatMs(awayMs)})` : formatMs(awayMs);
}

function tellTwinLoss({ presence, loss }: LaboratoryState['twin']): string {
  if (presence === 'silent') return 'it hangs';
  return loss === null ? NOTHING : `${loss.lost} of ${loss.of}`;
}
