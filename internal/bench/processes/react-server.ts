/** Renders a page of a thousand components with a hook each to text: `<guarded | useState>`. */
import { attach } from '@faultguard/core';
import { GuardProvider, useGuardedState } from '@faultguard/react-hooks';
import { createElement, type ReactNode, useState } from 'react';
import { renderToString } from 'react-dom/server';
import { tell } from '../child-process.ts';
import { timeLoop } from '../measure.ts';

const COMPONENTS = 1000;
const [kind] = process.argv.slice(2);
const guard = await attach({
  initial: () => Object.fromEntries(Array.from({ length: COMPONENTS }, (_, n) => [`field ${n}`, n])),
});

function Plain({ n }: { readonly n: number }): ReactNode {
  const [value] = useState(n);
  return createElement('li', { className: 'field' }, value);
}

function Guarded({ n }: { readonly n: number }): ReactNode {
  const [value] = useGuardedState(`field ${n}`, 0);
  return createElement('li', { className: 'field' }, value);
}

const Field = kind === 'guarded' ? Guarded : Plain;
function Page(): ReactNode {
  const fields = Array.from({ length: COMPONENTS }, (_, n) => createElement(Field, { key: n, n }));
  return createElement(GuardProvider, { state: guard.state }, createElement('ul', null, fields));
}

let length = 0;
const ns = await timeLoop(
  {
    run(_, count) {
      for (let n = 0; n < count; n++) length = renderToString(createElement(Page)).length;
    },
  },
  { batch: 5 },
);
tell({ ns, length });
await guard.close();
