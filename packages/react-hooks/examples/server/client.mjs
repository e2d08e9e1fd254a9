/** In the browser: the same page goes on with the state that the server has rendered it of. */
import { GuardProvider, hydrate } from '@faultguard/react-hooks';
import { createElement as h } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { Page } from './page.mjs';

const state = hydrate(document.getElementById('state').textContent);
hydrateRoot(document.getElementById('root'), h(GuardProvider, { state }, h(Page)));
