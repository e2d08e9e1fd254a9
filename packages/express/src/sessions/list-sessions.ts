import type { SessionData } from 'express-session';
import { DEFAULT_SESSIONS_PLACE, expiryOf, textOf } from './session-text.ts';

export interface ListSessionsOptions {
  /** Option `place` of the store. Default `'sessions'`. */
  readonly place?: string;
  /** Sessions that had expired by this moment are left out. Default: now. */
  readonly at?: Date;
}

/**
 * Copies of all sessions of a `GuardedSessionStore`, by their ids. Takes the guarded state, or the plain one in a rescue or of
 * `recover`. A state without sessions has none; what is no session is left out.
 */
export function listSessions(
  state: object,
  { place = DEFAULT_SESSIONS_PLACE, at = new Date() }: ListSessionsOptions = {},
): Map<string, SessionData> {
  const sessions: unknown = Reflect.get(state, place);
  const listed = new Map<string, SessionData>();
  if (!(sessions instanceof Map)) return listed;
  for (const [sid, line] of sessions as Map<unknown, unknown>) {
    if (typeof sid !== 'string' || typeof line !== 'string' || !(expiryOf(line) > at.getTime())) continue;
    const session = parse(textOf(line));
    if (typeof session === 'object' && session !== null) listed.set(sid, session as SessionData);
  }
  return listed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
