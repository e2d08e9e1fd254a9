import type { ReactNode } from 'react';
import type { Life, NewGuardian, Sample } from '../notebook/entries.ts';
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
        <Fact id="last-before" label="Last value before" text={told.lastBefore} />
        <Fact id="away" label="Away for" text={told.away} note={told.between} />
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
  /** In a line of its own. */
  readonly note?: string;
}

function Fact({ id, label, kind, text, note }: FactProps): ReactNode {
  return (
    <div data-kind={kind}>
      <dt>{label}</dt>
      <dd>
        <span id={id}>{text}</span>
        {note !== undefined && <small id={`${id}-note`}>{note}</small>}
      </dd>
    </div>
  );
}

type Told = Readonly<
  Record<'died' | 'lastBefore' | 'away' | 'between' | 'firstAfter' | 'session' | 'lost', string>
>;

const nothingYet: Told = {
  died: 'Nothing, yet. Choose a death above.',
  lastBefore: NOTHING,
  away: NOTHING,
  between: '',
  firstAfter: NOTHING,
  session: NOTHING,
  lost: NOTHING,
};

function tell({ successor, awayMs, lastBefore, firstAfter, isSessionKept, lost, of }: Incident): Told {
  const away = formatMs(awayMs);
  return {
    died: describeDeath(successor),
    lastBefore: lastBefore === null ? NOTHING : formatSample(lastBefore),
    // An app that has lost its guardian goes on: its longest silence is that between two samples.
    away: successor.kind === 'guardian' ? `not away (${away})` : away,
    between: lastBefore === null ? '' : describeBetween(lastBefore, successor, firstAfter),
    firstAfter: formatSample(firstAfter),
    session: isSessionKept ? 'kept' : 'lost',
    lost: `${lost} of ${of}`,
  };
}

/** What has the numbers between two values: entries that are none. So that nobody takes them for lost. */
function describeBetween(before: Sample, successor: Life | NewGuardian, after: Sample): string {
  const [first, last] = [before.sequence + 1, after.sequence - 1];
  if (first > last) return 'and numbers begin anew';
  if (first < last) return `#${first}–#${last}: other entries`;
  return `#${first}: ${successor.kind === 'life' ? 'its return' : 'the new guardian'}`;
}

function tellTwinLoss({ presence, loss }: LaboratoryState['twin']): string {
  if (presence === 'silent') return 'it hangs';
  return loss === null ? NOTHING : `${loss.lost} of ${loss.of}`;
}
