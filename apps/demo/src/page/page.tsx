/** The page, for the server and for the browser. */
import type { ReactNode } from 'react';
import type { Visitor } from '../notebook/visitor.ts';
import { CrashPanel } from './crash-panel.tsx';
import { DossierCard } from './dossier-card.tsx';
import { GuardedNotebook } from './guarded-notebook.tsx';
import { Header } from './header.tsx';
import { IncidentCard } from './incident-card.tsx';
import { type Laboratory, LaboratoryContext, stillLaboratory } from './laboratory.ts';
import { LiveView } from './live-view.tsx';
import { TwinNotebook } from './twin-notebook.tsx';

/** What the page needs to know beside the state. */
export interface PageFacts {
  readonly visitor: Visitor;
  /** Where the app without a guard is. */
  readonly twinOrigin: string;
}

export interface PageProps extends PageFacts {
  /** In a browser; the server renders a page in which nothing happens. */
  readonly laboratory?: Laboratory;
}

export function Page({ visitor, laboratory = stillLaboratory(visitor) }: PageProps): ReactNode {
  return (
    <LaboratoryContext value={laboratory}>
      <LiveView />
      <Header />
      <main>
        <CrashPanel />
        <IncidentCard />
        <div className="notebooks">
          <GuardedNotebook />
          <TwinNotebook />
        </div>
        <DossierCard />
      </main>
      <footer>
        <p>
          This app can be crashed on purpose, so it listens to this machine alone. Its source is{' '}
          <code>apps/demo</code>.
        </p>
      </footer>
    </LaboratoryContext>
  );
}
