// What a server renders of the record of a request.
import { attach } from '@faultguard/core';
import { dehydrate, GuardProvider, useGuardedState } from '@faultguard/react-hooks';
import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';

function Page() {
  const [count] = useGuardedState('count', 0);
  return h('p', null, count);
}
const { state, close } = await attach({ initial: () => ({ count: 5 }) });
console.log(renderToString(h(GuardProvider, { state }, h(Page))), dehydrate(state));
await close();
