/** In the browser the page goes on with the state that it has been rendered of. */
import { GuardProvider, hydrate } from '@faultguard/react-hooks';
import { hydrateRoot } from 'react-dom/client';
import { Page, type PageFacts } from '../page/page.tsx';
import { LiveLaboratory } from './live-laboratory.ts';
import 'uplot/dist/uPlot.min.css';
import '../page/style.css';

const root = document.querySelector('#root') as HTMLElement;
const state = hydrate(textOf('#state'));
const facts = JSON.parse(textOf('#facts')) as PageFacts;
const laboratory = new LiveLaboratory(facts);

hydrateRoot(
  root,
  <GuardProvider state={state}>
    <Page {...facts} laboratory={laboratory} />
  </GuardProvider>,
);

function textOf(selector: string): string {
  return document.querySelector(selector)?.textContent ?? '';
}
