// By require(), and what a bundler for browsers finds: no code of Node's.
const { GuardProvider, useGuardedState, useGuardedReducer, useCrash } = require('@faultguard/react-hooks');
const { guardRequests } = require('@faultguard/express');

console.log(
  [GuardProvider, useGuardedState, useGuardedReducer, useCrash, guardRequests].every(
    (exported) => typeof exported === 'function',
  ),
);
