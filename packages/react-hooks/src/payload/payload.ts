/**
 * The form in which a state goes to the browser: superjson's, so that `superjson.parse` reads it too, with a member of our
 * own beside it.
 */

/** Kind of a value, kinds of what is in it by paths, or both. */
export type Annotation = readonly [kind: Kind, inner?: Annotations] | Annotations;
export interface Annotations {
  readonly [path: string]: Annotation;
}

export type Kind =
  | 'undefined'
  | 'bigint'
  | 'number'
  | 'Date'
  | 'regexp'
  | 'URL'
  | 'Error'
  | 'map'
  | 'set'
  | readonly ['typed-array', string];

/** By the path of an object: where else it stands. For the root, a list of that comes first. */
export type Equalities =
  | Readonly<Record<string, readonly string[]>>
  | readonly [readonly string[], Readonly<Record<string, readonly string[]>>?];

export interface Payload {
  readonly json: unknown;
  readonly meta?: {
    readonly values?: Annotation;
    readonly referentialEqualities?: Equalities;
    /** Of the way in which paths are written. */
    readonly v: 1;
  };
  /** What the page shows of the guard: `GuardFacts`. */
  readonly guard?: Payload;
}

/** The root has none. */
export type Place = string | undefined;

export function placeBelow(place: Place, step: string | number): string {
  const name = String(step).replaceAll('\\', '\\\\').replaceAll('.', '\\.');
  return place === undefined ? name : `${place}.${name}`;
}
