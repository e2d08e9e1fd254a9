import { attach, type Crash, type Guardable, type Outcome, recover, start } from '@faultguard/core';
import { guardRequests, GuardedSessionStore, inFlight } from '@faultguard/express';
import { createGuardHooks, GuardProvider } from '@faultguard/react-hooks';
import express from 'express';
import session from 'express-session';
import { createElement } from 'react';

interface State {
  rows: number[];
  users: Map<string, { since: Date }>;
}

const outcome: Outcome = await start<State>({
  initial: () => ({ rows: [], users: new Map() }),
  launch: (state, { attempt }) => {
    state.rows.push(attempt);
    const app = express();
    app.use(guardRequests(state));
    app.use(session({ store: new GuardedSessionStore(state), secret: 'not one' }));
    app.get('/', (request, response) => void response.send(request.guarded.id));
    createElement(GuardProvider, { state });
  },
  rescue: (state: State, crash: Crash) => {
    console.log(crash.kind, state.rows.length, inFlight(state).length);
  },
});
console.log(outcome.rescued);

// @ts-expect-error A function cannot be guarded.
await attach<{ call: () => void }>({ initial: () => ({ call: () => {} }) });

const kept: Guardable<State> = (await recover<State>('work.xz')).state;
console.log(kept.users.get('ada')?.since.getTime());

const { useGuardedState } = createGuardHooks<State>();
export const useRows = (): number => useGuardedState('rows', [])[0].length;
// @ts-expect-error There is no such property.
export const useNothing = (): unknown => useGuardedState('nothing', 0);
