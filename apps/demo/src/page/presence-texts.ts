import type { Presence } from './laboratory.ts';

export const presenceTexts: Readonly<Record<Presence, string>> = {
  unknown: 'connecting',
  here: 'alive',
  silent: 'does not answer',
  away: 'dead: waiting for it',
};
