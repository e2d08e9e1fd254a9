import { type RecoveredCrash, useCrash } from '@faultguard/react-hooks';
import type { ReactNode } from 'react';
import type { Dossier, Mutation } from './dossier.ts';
import { formatMib, formatMs } from './formats.ts';
import { type Incident, useLaboratoryState } from './laboratory.ts';

const MUTATIONS_SHOWN = 60;

/** What is known of the death, and what the app did last. */
export function DossierCard(): ReactNode {
  const incident = useLaboratoryState((state) => state.incident);
  const dossier = incident?.dossier ?? null;
  const earlier = useCrash();
  const source = incident === null ? undefined : tellSource(incident);
  return (
    <section className="dossier" aria-labelledby="dossier-title">
      <div className="title">
        <h2 id="dossier-title">The dossier</h2>
        {dossier !== null && <DossierLink incident={incident as Incident} />}
      </div>
      <div className="columns">
        {/* Both scroll, so that nothing moves when they are filled: the keyboard has to get there. */}
        <div className="scrolled" role="region" aria-label="Facts of the death" tabIndex={0}>
          {dossier === null ? <p>{explain(incident, earlier)}</p> : <Facts dossier={dossier} />}
          {source !== undefined && <p>{source}</p>}
        </div>
        <div className="scrolled" role="region" aria-label="Its last mutations" tabIndex={0}>
          <Timeline dossier={dossier} />
        </div>
      </div>
    </section>
  );
}

function explain(incident: Incident | null, earlier: RecoveredCrash | undefined): string {
  if (incident === null && earlier !== undefined)
    return `The app goes on from a crash that this page was not there for: ${earlier.signal ?? earlier.kind}.`;
  if (incident === null) return 'When the app has died, the guardian tells here what it knows of it.';
  if (incident.successor.kind === 'guardian')
    return `The app has not died. It went on without a guardian, and had a new one, process ${incident.successor.pid}, after ${formatMs(incident.successor.tookMs)}.`;
  return 'There is no dossier of it.';
}

/** Where state and dossier are from, when that is not the guardian. */
function tellSource({ successor }: Incident): string | undefined {
  if (successor.kind !== 'life' || successor.crash === undefined || successor.crash.wasSeen) return undefined;
  return `Nobody was left to tell: both processes were dead. All this is from the files: a checkpoint, and ${successor.crash.recordsReplayed} records of the journal behind it.`;
}

function DossierLink({ incident: { successor } }: { incident: Incident }): ReactNode {
  const name = successor.kind === 'life' ? successor.crash?.dossier : undefined;
  return (
    <a href={`/api/dossiers/${name}`} target="_blank" rel="noreferrer">
      all of it, as JSON
    </a>
  );
}

function Facts({ dossier }: { dossier: Dossier }): ReactNode {
  const { kind, signal, exitCode, pid, uptimeMs, resources, error, hang } = dossier;
  const stack = error?.stack ?? hang?.stack;
  return (
    <>
      <dl className="table" id="dossier">
        <Row label="kind">{kind}</Row>
        <Row label="ended with">{signal ?? (exitCode === null ? 'unknown' : `exit code ${exitCode}`)}</Row>
        <Row label="process">{pid}</Row>
        {uptimeMs !== undefined && <Row label="had lived for">{formatMs(uptimeMs)}</Row>}
        {resources && <Row label="memory, at most">{formatMib(resources.rssPeakBytes)}</Row>}
        {resources && (
          <Row label="processor time">{formatMs(resources.cpuUserMs + resources.cpuSystemMs)}</Row>
        )}
      </dl>
      {stack !== undefined && <pre>{stack}</pre>}
    </>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Newest first: the last thing that the app did is what one looks for. */
function Timeline({ dossier }: { dossier: Dossier | null }): ReactNode {
  const mutations = dossier?.mutations.slice(-MUTATIONS_SHOWN).toReversed() ?? [];
  return (
    <table className="timeline">
      <caption>Its last mutations, newest first</caption>
      <thead>
        <tr>
          <th scope="col">before death</th>
          <th scope="col">where</th>
          <th scope="col">what</th>
          <th scope="col">value</th>
        </tr>
      </thead>
      {/* Another death has other rows: none of the last one has moved. */}
      <tbody id="timeline" key={dossier?.crashedAt}>
        {mutations.map((mutation, index) => (
          <MutationRow
            key={mutations.length - index}
            mutation={mutation}
            crashedAt={dossier?.crashedAt ?? ''}
          />
        ))}
      </tbody>
    </table>
  );
}

function MutationRow({ mutation, crashedAt }: { mutation: Mutation; crashedAt: string }): ReactNode {
  const { at, path, operation, value = '' } = mutation;
  return (
    <tr>
      <td>{formatMs(Math.max(0, Date.parse(crashedAt) - Date.parse(at)))}</td>
      <td>{path ?? 'not in the state any more'}</td>
      <td>{operation}</td>
      <td>{value}</td>
    </tr>
  );
}
