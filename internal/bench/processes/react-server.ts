/** Renders a page of a thousand components with a hook each to text: `<guarded | useState>`. */
import type { ReactNode } from 'react';
import { tell } from '../child-process.ts';
import { timeLoop } from '../measure.ts';

// React reads it once, when it is loaded.
process.env['NODE_ENV'] = 'production';
const { attach } = await import('@faultguard/core');
const { GuardProvider, useGuardedState } = await import('@faultguard/react-hooks');
const { createElement, useState } = await import('react');
const { renderToString } = await import('react-dom/server');

const COMPONENTS = 1000;
const [kind] = process.argv.slice(2);
/** A form of a thousand fields. */
const record: Record<string, number> = Object.fromEntries(
  Array.from({ length: COMPONENTS }, (_, n) => [`field ${n}`, n]),
);
const names = Object.keys(record);
const guard = await attach<Record<string, number>>({ initial: () => ({ ...record }) });

function show(name: string, value: number | undefined): ReactNode {
  return createElement(
    'li',
    { className: 'field' },
    createElement('label', null, name),
    createElement('input', { name, defaultValue: value }),
  );
}

function Plain({ name }: { readonly name: string }): ReactNode {
  const [value] = useState(record[name]);
  return show(name, value);
}

function Guarded({ name }: { readonly name: string }): ReactNode {
  const [value] = useGuardedState(name, 0);
  return show(name, value);
}

const Field = kind === 'guarded' ? Guarded : Plain;
function Page(): ReactNode {
  const fields = names.map((name) => createElement(Field, { key: name, name }));
  return createElement(GuardProvider, { state: guard.state }, createElement('ul', null, fields));
}

let lengthOfText = 0;
const ns = await timeLoop(
  {
    run(_, count) {
      for (let n = 0; n < count; n++) lengthOfText = renderToString(createElement(Page)).length;
    },
  },
  { batch: 5 },
);
tell({ ns, lengthOfText });
await guard.close();
