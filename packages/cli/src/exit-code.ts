/** What scripts may rely on: docs/reference/cli.md has the same table. */
export const ExitCode = {
  success: 0,
  /** `verify`, `recover`: usable with loss. `diff`: there are differences. `doctor`: there is a problem. */
  notQuite: 1,
  /** What was asked for cannot be had: not there, not readable, damaged beyond use, in the way. Nothing has been changed. */
  failure: 2,
  /** A living process uses it. */
  active: 3,
  /** EX_USAGE of sysexits.h: the command line means nothing. */
  usage: 64,
  /** EX_SOFTWARE: a bug of this program. */
  bug: 70,
  /** `run`: the command is there and cannot be executed. As of a shell: POSIX, "Exit Status for Commands". */
  notExecutable: 126,
  /** `run`: there is no such command. */
  notFound: 127,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
