/** The page, for the server and for the browser. */
import { createGuardHooks } from '@faultguard/react-hooks';
import { createElement as h, Suspense } from 'react';

const { useGuardedState, useGuardedSnapshot } = createGuardHooks();

export function Page({ load }) {
  const { user, at } = useGuardedSnapshot();
  const [note, setNote] = useGuardedState('note', '');
  const [clicks, setClicks] = useGuardedState('clicks', 0);
  return h(
    'main',
    null,
    h('p', { id: 'greeting' }, `Hello ${user}, it is ${at.toISOString()}`),
    h('input', { id: 'note', value: note, onChange: (event) => setNote(event.target.value) }),
    h('button', { id: 'clicks', onClick: () => setClicks((n) => n + 1) }, `${clicks} clicks`),
    h(Suspense, { fallback: h('p', null, 'loading…') }, h(Orders, { load })),
  );
}

/** What is loaded while the page is on its way already: into the record, which the browser gets. */
function Orders({ load }) {
  const [orders] = useGuardedState('orders');
  if (orders === undefined) throw load();
  return h(
    'ul',
    null,
    orders.map((order) => h('li', { key: order }, order)),
  );
}
