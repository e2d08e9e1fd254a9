import type { ReactNode } from 'react';
import { describeDeath, formatMs, formatSample } from './formats.ts';
import { type Incident, type LaboratoryState, useLaboratoryState } from './laboratory.ts';

const NOTHING = '–';

/** What has died, and what it has cost: by this page's own record. */
export function IncidentCard(): ReactNode {
  const incident = useLaboratoryState((state) => state.incident);
  const count = useLaboratoryState((state) => state.incidents);
  const twin = useLaboratoryState((state) => state.twin);
  const told = incident === null ? nothingYet : tell(incident);
  return (
    <section className="incident" aria-labelledby="incident-title" data-incidents={count}>
      <div className="title">
        <h2 id="incident-title">What it cost</h2>
        <p>by this page’s own record of what it had seen, compared letter by letter</p>
      </div>
      <p className="unseen" role="status">
        {incident === null ? '' : `Died: ${told.died}. Away for: ${told.away}. Lost: ${told.lost}.`}
      </p>
      <dl className="facts">
        <Fact id="died" label="Died" kind="wide" text={told.died} />
        <Fact id="away" label="Away for" text={told.away} />
        <Fact id="last-before" label="Last value before" text={told.lastBefore} />
        <Fact id="first-after" label="First value after" text={told.firstAfter} />
        <Fact id="session" label="Session" text={told.session} />
        <Fact id="lost" label="Lost, guarded" kind="good" text={told.lost} />
        <Fact id="twin-lost" label="Lost, unguarded" kind="bad" text={tellTwinLoss(twin)} />
      </dl>
    </section>
  );
}

interface FactProps {
  readonly id: string;
  readonly label: string;
  readonly kind?: 'wide' | 'good' | 'bad';
  readonly text: string;
}

function Fact({ id, label, kind, text }: FactProps): ReactNode {
  return (
    <div data-kind={kind}>
      <dt>{label}</dt>
      <dd id={id}>{text}</dd>
    </div>
  );
}

type Told = Readonly<Record<'died' | 'away' | 'lastBefore' | 'firstAfter' | 'session' | 'lost', string>>;

const nothingYet: Told = {
  died: 'Nothing, yet. Choose a death above.',
  away: NOTHING,
  lastBefore: NOTHING,
  firstAfter: NOTHING,
  session: NOTHING,
  lost: NOTHING,
};

function tell({ successor, awayMs, lastBefore, firstAfter, isSessionKept, lost, of }: Incident): Told {
  const away = formatMs(awayMs);
  return {
    died: describeDeath(successor),
    // An app that has lost its guardian goes on: its longest silence is that between two samples.
    away: successor.kind === 'guardian' ? `not away (${away})` : away,
    lastBefore: lastBefore === null ? NOTHING : formatSample(lastBefore),
    firstAfter: formatSample(firstAfter),
    session: isSessionKept ? 'kept' : 'lost',
    lost: `${lost} of ${of}`,
  };
}

function tellTwinLoss({ presence, loss }: LaboratoryState['twin']): string {
  if (presence === 'silent') return 'it hangs';
  return loss === null ? NOTHING : `${loss.lost} of ${loss.of}`;
}
