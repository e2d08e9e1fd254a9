/** One thing that `doctor` has looked at. */
export interface Check {
  /** Stable: for `--json`. */
  readonly id: string;
  /** `problem`: guards do not work. `warning`: they work, and something is worse than it could be. */
  readonly status: 'good' | 'warning' | 'problem';
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly advice: string | null;
}

export function good(id: string, found: string): Check {
  return { id, status: 'good', found, advice: null };
}

export function warning(id: string, found: string, advice: string): Check {
  return { id, status: 'warning', found, advice };
}

export function problem(id: string, found: string, advice: string): Check {
  return { id, status: 'problem', found, advice };
}

/** A file of /proc or /sys; undefined where there is none. */
export type ReadText = (path: string) => string | undefined;
