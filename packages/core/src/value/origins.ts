/**
 * What views and search parameters have been made of, which nobody could ask them: a view that its resizable buffer has
 * become too short for says 0 of everything, and parameters do not name their URL. A checkpoint needs it, and so does an
 * app that takes a recovered state.
 */

export interface ViewOrigin {
  /** The number of its type. */
  readonly type: number;
  readonly byteOffset: number;
  /** In elements; undefined: as long as its buffer lets it be. */
  readonly length: number | undefined;
  readonly buffer: object;
}

const views = new WeakMap<object, ViewOrigin>();
const urls = new WeakMap<object, URL>();

export function noteOriginOfView(view: object, origin: ViewOrigin): void {
  views.set(view, origin);
}

export function originOfView(view: object): ViewOrigin | undefined {
  return views.get(view);
}

export function noteUrlOf(searchParams: object, url: URL): void {
  urls.set(searchParams, url);
}

export function urlOf(searchParams: object): URL | undefined {
  return urls.get(searchParams);
}
