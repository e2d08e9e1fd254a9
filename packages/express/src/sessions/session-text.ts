/**
 * A session as one line of text: `1795887171170 {"cookie":…,"views":3}`, when it ends (milliseconds since 1970), and what
 * it is, as JSON keeps it. A text is written in one piece, and costs a fraction of the memory of its objects.
 */

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
export function mergeSessions(before: string, mine: string, stored: string): string {
  const [was, is, other] = [before, mine, stored].map((text) => JSON.parse(text) as PlainSession);
  const merged = new Map(Object.entries(other as PlainSession));
  for (const name of Object.keys(was as PlainSession)) {
    if (!Object.hasOwn(is as PlainSession, name)) merged.delete(name);
  }
  for (const [name, value] of Object.entries(is as PlainSession)) {
    const isChanged =
      !Object.hasOwn(was as PlainSession, name) ||
      JSON.stringify((was as PlainSession)[name]) !== JSON.stringify(value);
    if (isChanged) merged.set(name, value);
  }
  // Unlike an assignment, this makes a key `__proto__` one like any other.
  return JSON.stringify(Object.fromEntries(merged));
}
