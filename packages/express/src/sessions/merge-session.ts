/**
 * Sessions as JSON keeps them, and what becomes of one that several requests have changed. Keys are compared by their
 * texts, so a change deep inside one is seen.
 */
import type { StoredSession } from './guarded-session-store.ts';

/** Each key's value as JSON. */
export type SessionTexts = ReadonlyMap<string, string>;

type Session = StoredSession['session'];

/** A copy of what is stored, for a request to change. */
export function readSession(stored: Session): { session: Record<string, unknown>; texts: SessionTexts } {
  const session: Record<string, unknown> = {};
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(stored)) {
    const text = JSON.stringify(value);
    texts.set(name, text);
    put(session, name, JSON.parse(text));
  }
  return { session, texts };
}

/**
 * @param held - the session as the request has it now.
 * @param before - as it was when the request had read it. Undefined: all of `held` counts, and nothing of `stored`.
 * @param stored - as it is in the store now.
 * @returns the session to store, and what `held` is now, to be compared with next time.
 * @throws TypeError, naming the key, for what JSON cannot hold.
 */
export function mergeSession(
  held: Readonly<Record<string, unknown>>,
  before: SessionTexts | undefined,
  stored: Session | undefined,
): { session: Session; texts: SessionTexts } {
  const texts = new Map<string, string>();
  for (const name of Object.keys(held)) {
    const text = stringify(name, held[name]);
    // Undefined, functions and symbols are not kept by JSON.
    if (text !== undefined) texts.set(name, text);
  }
  const session: Record<string, unknown> = {};
  if (before !== undefined && stored !== undefined) {
    for (const [name, value] of Object.entries(stored)) {
      // Whoever has not taken a key away leaves it to others.
      if (texts.has(name) || !before.has(name)) put(session, name, value);
    }
  }
  for (const [name, text] of texts) {
    if (before?.get(name) === text) continue;
    put(session, name, JSON.parse(text));
  }
  return { session, texts };
}

function stringify(name: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new TypeError(
      `The session's "${name}" cannot be kept: it cannot be written as JSON. The session stays as it was.`,
      { cause: error },
    );
  }
}

/** A property of its own for any name: `__proto__` is one like any other. */
function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
