/**
 * A session as one line of text: `1795887171170 {"cookie":…,"views":3}`, when it ends (milliseconds since 1970), and what
 * it is, as JSON keeps it. A text is written in one piece, and costs a fraction of the memory of its objects.
 */

export const DEFAULT_SESSIONS_PLACE = 'sessions';

/** As in the state. */
export type SessionLine = string;

export type PlainSession = Record<string, unknown>;

export function writeSessionLine(text: string, expiresAt: number): SessionLine {
  return `${Math.trunc(expiresAt)} ${text}`;
}

/** Not a number for what is no such line, so that it is neither there nor expired. */
export function expiryOf(line: SessionLine): number {
  return Number.parseInt(line, 10);
}

export function textOf(line: SessionLine): string {
  return line.slice(line.indexOf(' ') + 1);
}

/** When the cookie ends, or NaN. */
export function endOfCookie(cookie: unknown): number {
  const expires: unknown = isCookie(cookie) ? cookie['expires'] : undefined;
  return expires instanceof Date ? expires.getTime() : Date.parse(String(expires));
}

export function readSession(text: string): PlainSession {
  return JSON.parse(text) as PlainSession;
}

/** @throws TypeError, naming the key, for what JSON cannot hold. */
export function writeSession(session: Readonly<PlainSession>): string {
  try {
    return JSON.stringify(session);
  } catch (error) {
    const name = Object.keys(session).find((name) => !canBeWritten(session[name]));
    throw new TypeError(
      `The session's "${name}" cannot be kept: it cannot be written as JSON. The session stays as it was.`,
      { cause: error },
    );
  }
}

function canBeWritten(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * What becomes of a session that two requests have changed: all that the one has changed since it had read the session,
 * in what the other has made of it. Keys are compared by their texts, so a change deep inside one is seen.
 *
 * @param before - as it was when the one had read it, or last saved it.
 * @param mine - as the one has it now.
 * @param stored - as the other has saved it meanwhile.
 */
export function mergeSessions(before: PlainSession, mine: PlainSession, stored: PlainSession): PlainSession {
  const merged = new Map(Object.entries(stored));
  for (const name of Object.keys(before)) if (!Object.hasOwn(mine, name)) merged.delete(name);
  for (const [name, value] of Object.entries(mine)) {
    const isChanged = !Object.hasOwn(before, name) || JSON.stringify(before[name]) !== JSON.stringify(value);
    if (isChanged) merged.set(name, value);
  }
  // Unlike an assignment, this makes a key `__proto__` one like any other.
  return {
    ...Object.fromEntries(merged),
    cookie: mergeCookies(before['cookie'], mine['cookie'], stored['cookie']),
  };
}

/**
 * A cookie's end moves with each request, which is no change of the session's: who has changed how long it lasts
 * (`originalMaxAge`) decides on that, and on the other settings. It ends that long from now.
 */
export function mergeCookies(before: unknown, mine: unknown, stored: unknown): unknown {
  if (!isCookie(before) || !isCookie(mine) || !isCookie(stored)) return mine;
  if (!haveSameSettings(before, mine) || haveSameSettings(before, stored)) return mine;
  const { originalMaxAge } = stored;
  const lasts = typeof originalMaxAge === 'number' && Number.isFinite(originalMaxAge);
  return { ...stored, ...(lasts && { expires: new Date(Date.now() + originalMaxAge).toISOString() }) };
}

/** express-session takes `originalMaxAge` anew from the clock each time that a cookie's end is set. */
const SAME_AGE_MS = 1000;

function haveSameSettings(one: PlainSession, other: PlainSession): boolean {
  const [age, otherAge] = [one['originalMaxAge'], other['originalMaxAge']];
  const isSameAge =
    typeof age === 'number' && typeof otherAge === 'number'
      ? Math.abs(age - otherAge) <= SAME_AGE_MS
      : age === otherAge;
  return isSameAge && settingsOf(one) === settingsOf(other);
}

function settingsOf(cookie: PlainSession): string {
  return JSON.stringify({ ...cookie, expires: undefined, originalMaxAge: undefined });
}

function isCookie(value: unknown): value is PlainSession {
  return typeof value === 'object' && value !== null;
}
