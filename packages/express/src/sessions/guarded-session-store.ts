/** A store for express-session whose sessions are in the guarded state. */
import { type SessionData, Store } from 'express-session';
import {
  checkBoolean,
  checkDelay,
  checkKnown,
  checkNumber,
  checkObject,
  checkString,
} from '../check-options.ts';
import { checkGuarded, findOrMakePlace, type PlaceKind } from '../place.ts';
import { getKnown, setKnown } from './known-session.ts';
import {
  DEFAULT_SESSIONS_PLACE,
  endOfCookie,
  expiryOf,
  mergeCookies,
  mergeSessions,
  type PlainSession,
  readSession,
  type SessionLine,
  textOf,
  writeSession,
  writeSessionLine,
} from './session-text.ts';

/** For the type of your state: `interface State extends SessionsState { … }`. */
export interface SessionsState {
  /** By session id: when the session ends, and what it is as JSON, in one line. `listSessions` reads it. */
  sessions?: Map<string, SessionLine>;
}

export interface GuardedSessionStoreOptions {
  /** The property of the state that has the sessions. Default `'sessions'`. */
  readonly place?: string;
  /** How long a session without an end of its cookie (`cookie.maxAge`, `cookie.expires`) is kept after its last use, in milliseconds. Default: 24 hours. */
  readonly ttlMs?: number;
  /** How often sessions that have expired, a minute ago or more, are dropped, in milliseconds; 0: never. Default: 10 minutes. */
  readonly pruneEveryMs?: number;
  /**
   * What a request saves is merged key by key into what others have saved since it had read the session. `false`: the
   * last one to save a session writes over all of it, as in other stores. Default true.
   */
  readonly merge?: boolean;
}

const OPTION_NAMES = ['place', 'ttlMs', 'pruneEveryMs', 'merge'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** So many are looked at in one turn of the event loop: about a millisecond. */
const PRUNE_AT_ONCE = 5000;
/** A request that had read a session before it expired may take so long to save it. */
const LATE_MS = 60_000;

const KIND: PlaceKind<Map<string, SessionLine>> = {
  functionName: 'new GuardedSessionStore',
  trouble: 'is not a Map',
  is: (found) => found instanceof Map,
  make: () => new Map(),
};

type Callback<Result = void> = (error?: unknown, result?: Result) => void;
type Sessions = Record<string, SessionData>;

/**
 * `session({ store: new GuardedSessionStore(state), … })`: sessions are in `state.sessions`, and survive what the state
 * survives. Every method calls back asynchronously, as express-session's own store does.
 *
 * - A session is kept as JSON keeps it, as by every store. What JSON cannot hold is an error at `set`: the session
 *   stays what it was.
 * - Two requests of one session that overlap do not lose each other's keys: each saves what it has changed itself.
 *   Where both have changed the same key, the last one counts.
 * - What has been destroyed stays destroyed: a request that had read it before does not bring it back.
 */
export class GuardedSessionStore extends Store {
  readonly #state: object;
  readonly #place: string;
  readonly #ttlMs: number;
  readonly #merge: boolean;
  #pruning: NodeJS.Timeout | undefined;

  /**
   * @param state - the guarded state, or an object of it.
   * @throws NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`) when it is not guarded; InvalidOptionError
   *   (`ERR_FAULTGUARD_INVALID_OPTION`). Nothing has changed then.
   */
  constructor(state: object, options: GuardedSessionStoreOptions = {}) {
    super();
    checkObject('options', options);
    checkKnown('options', options, OPTION_NAMES);
    const {
      place = DEFAULT_SESSIONS_PLACE,
      ttlMs = DAY_MS,
      pruneEveryMs = 10 * 60_000,
      merge = true,
    } = options;
    checkString('place', place);
    checkNumber('ttlMs', ttlMs, 1);
    checkDelay('pruneEveryMs', pruneEveryMs);
    checkBoolean('merge', merge);
    checkGuarded(KIND.functionName, state);
    this.#state = state;
    this.#place = place;
    this.#ttlMs = ttlMs;
    this.#merge = merge;
    findOrMakePlace(state, place, KIND);
    if (pruneEveryMs > 0) {
      this.#pruning = setInterval(() => this.#beginPruning(), pruneEveryMs).unref();
    }
  }

  /** Looked up each time: somebody may have put another Map there. */
  get #sessions(): Map<string, SessionLine> {
    return findOrMakePlace(this.#state, this.#place, KIND);
  }

  /** Calls back with the session, or with nothing when there is none or it has expired. */
  override get(sid: string, callback: (error?: unknown, session?: SessionData | null) => void): void {
    this.#answer(callback, () => {
      const line = this.#find(sid);
      return line === undefined ? undefined : this.#read(sid, line);
    });
  }

  /**
   * Saves the session of a request; or any object as a session, which then is all of it.
   *
   * Calls back with a TypeError that names the key when JSON cannot hold a value: the session stays what it was.
   */
  override set(sid: string, session: SessionData, callback?: Callback): void {
    this.#answer(callback, () => {
      checkString('sid', sid);
      const held = session as unknown as PlainSession;
      checkObject('session', held);
      const text = writeSession(held);
      const before = this.#before(sid, held);
      const line = this.#sessions.get(sid);
      // Destroyed since it was read.
      if (before !== undefined && line === undefined) return;
      const stored = line === undefined ? undefined : textOf(line);
      if (before === undefined || stored === undefined || stored === before || !this.#merge) {
        this.#sessions.set(sid, this.#writeLine(text, held['cookie']));
      } else {
        const merged = mergeSessions(readSession(before), readSession(text), readSession(stored));
        this.#sessions.set(sid, this.#writeLine(JSON.stringify(merged), merged['cookie']));
      }
      // What has no `save` is no session of a request, but somebody's own object: all of a session each time.
      if (before !== undefined || typeof held['save'] === 'function')
        setKnown(held, { store: this, sid, text });
    });
  }

  /** The session has been used: its end moves to that of the given one's cookie. Nothing else of it is saved. */
  override touch(sid: string, session: SessionData, callback?: Callback): void {
    this.#answer(callback, () => {
      const line = this.#find(sid);
      if (line === undefined) return;
      const stored = readSession(textOf(line));
      const text = this.#before(sid, session);
      const before = text === undefined ? stored : readSession(text);
      const { cookie: mine } = readSession(writeSession({ cookie: session.cookie }));
      const cookie = mergeCookies(before['cookie'], mine, stored['cookie']);
      this.#sessions.set(sid, this.#writeLine(JSON.stringify({ ...stored, cookie }), cookie));
    });
  }

  override destroy(sid: string, callback?: Callback): void {
    this.#answer(callback, () => void this.#sessions.delete(sid));
  }

  /** Calls back with all sessions that have not expired, by their ids. */
  override all(callback: (error?: unknown, sessions?: Sessions | null) => void): void {
    this.#answer(callback, () => {
      const all = Object.create(null) as Sessions;
      const now = Date.now();
      for (const [sid, line] of this.#sessions) {
        if (expiryOf(line) > now) all[sid] = this.#read(sid, line);
      }
      return all;
    });
  }

  /** Calls back with the number of sessions that have not expired. */
  override length(callback: (error?: unknown, length?: number) => void): void {
    this.#answer(callback, () => {
      let length = 0;
      const now = Date.now();
      for (const line of this.#sessions.values()) if (expiryOf(line) > now) length++;
      return length;
    });
  }

  /** Drops all sessions. */
  override clear(callback?: Callback): void {
    this.#answer(callback, () => this.#sessions.clear());
  }

  /** Stops dropping expired sessions. The store can be used on; the timer has never kept the process alive. */
  close(): void {
    clearInterval(this.#pruning);
    this.#pruning = undefined;
  }

  /** Not to be called by you: express-session makes of what `get` has read what a request holds. */
  override createSession(...given: Parameters<Store['createSession']>): ReturnType<Store['createSession']> {
    const known = getKnown(given[1]);
    const session = super.createSession(...given);
    if (known !== undefined) setKnown(session, known);
    return session;
  }

  /** One that has expired is not there, but for a request that had read it before. */
  #find(sid: string): SessionLine | undefined {
    const line = this.#sessions.get(sid);
    return line !== undefined && expiryOf(line) > Date.now() ? line : undefined;
  }

  #read(sid: string, line: SessionLine): SessionData {
    const text = textOf(line);
    const session = JSON.parse(text) as SessionData;
    setKnown(session, { store: this, sid, text });
    return session;
  }

  /** What the session was when whoever holds it had read it here, or has last saved it. */
  #before(sid: string, session: object): string | undefined {
    const known = getKnown(session);
    return known?.store === this && known.sid === sid ? known.text : undefined;
  }

  #writeLine(text: string, cookie: unknown): SessionLine {
    const end = endOfCookie(cookie);
    return writeSessionLine(text, Number.isNaN(end) ? Date.now() + this.#ttlMs : end);
  }

  #beginPruning(): void {
    const sessions: unknown = Reflect.get(this.#state, this.#place);
    // Something else there is an error for whoever asks for a session, and nothing to end the app by.
    if (KIND.is(sessions)) this.#prune(sessions, sessions.entries());
  }

  #prune(sessions: Map<string, SessionLine>, entries: Iterator<[string, SessionLine]>): void {
    const now = Date.now();
    for (let looked = 0; looked < PRUNE_AT_ONCE; looked++) {
      const entry = entries.next();
      if (entry.done) return;
      const [sid, line] = entry.value;
      // What is no such line is nobody's session.
      if (!(expiryOf(line) + LATE_MS > now)) sessions.delete(sid);
    }
    setTimeout(() => this.#prune(sessions, entries), 0).unref();
  }

  /** Whatever `act` throws is for the callback; without one it is nobody's, as in every store. */
  #answer<Result>(callback: Callback<Result> | undefined, act: () => Result | undefined): void {
    let error: unknown = null;
    let result: Result | undefined;
    try {
      result = act();
    } catch (thrown) {
      error = thrown;
    }
    if (callback !== undefined) setImmediate(callback, error, result);
  }
}
