/** What a session was when whoever holds it had read it, or has last saved it. */
export interface KnownSession {
  /** The store that knows it. */
  readonly store: object;
  readonly sid: string;
  readonly text: string;
}

/** As the base of a class: what is constructed is the given object itself. */
const Given = function (object: object): object {
  return object;
} as unknown as new (object: object) => object;

/**
 * A private field of somebody else's object: nobody sees it, and it dies with the object. A WeakMap would do the same, but each
 * request makes two such objects, and finding out that their entries are dead takes the garbage collector as long as
 * the store takes for all else.
 */
class Noted extends Given {
  #known: KnownSession | undefined;

  static get(session: object): KnownSession | undefined {
    return #known in session ? session.#known : undefined;
  }

  static set(session: object, known: KnownSession): void {
    const noted = #known in session ? session : new Noted(session);
    noted.#known = known;
  }
}

/** Undefined when no store has read or saved this very object. */
export function getKnown(session: object): KnownSession | undefined {
  return Noted.get(session);
}

export function setKnown(session: object, known: KnownSession): void {
  Noted.set(session, known);
}
