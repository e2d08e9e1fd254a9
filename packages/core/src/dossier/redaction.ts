/**
 * What is not to be shown: paths of the option `redact`, such as `user.password`, `sessions.*.token`, `cards[*].number`.
 *
 * A path is a list of steps. Whether a property, an element or an entry of a Map is meant makes no difference: the key is
 * compared as text. `*` is any one step.
 */
import { InvalidOptionError } from '../errors.ts';

/** Undefined: any step. */
export type RedactedStep = string | undefined;
export type RedactedPath = readonly RedactedStep[];

/** `[3]`, `[*]`, `["home address"]` */
const BRACKETS = /\[(?:(?<any>\*)|(?<index>\d+)|(?<quoted>"(?:[^"\\]|\\.)*"))\]/y;
/** `name`, `*`; and as dossiers write paths, `get("key")`, `keys()`, `values()` */
const NAME =
  /get\((?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<bare>[^()"]+))\)|(?<some>(?:keys|values)\(\))|(?<any>\*)|(?<name>[^.[\]()"'*\s]+)/y;

/** Throws InvalidOptionError for what is no path. `option` is its name in the message. */
export function parseRedactedPath(pattern: string, option = 'redact'): RedactedPath {
  const refuse = (why: string): never => {
    throw new InvalidOptionError(
      option,
      `has to be a path such as "user.password", "sessions.*.token" or "cards[*].number", not ` +
        `${JSON.stringify(pattern)}: ${why}.`,
    );
  };
  const isRooted = /^state(?=[.[]|$)/.test(pattern);
  let at = isRooted ? 'state'.length : 0;
  if (at === pattern.length) refuse('it has no step. "*" is all that the state holds');
  const steps: RedactedStep[] = [];
  while (at < pattern.length) {
    const isInBrackets = pattern[at] === '[';
    if (!isInBrackets && at > 0) {
      if (pattern[at] !== '.') refuse(`a step begins with "." or "[", which is not at character ${at + 1}`);
      at++;
    }
    const form = isInBrackets ? BRACKETS : NAME;
    form.lastIndex = at;
    const groups = form.exec(pattern)?.groups ?? refuse(`there is no step at character ${at + 1}`);
    at = form.lastIndex;
    const { index, quoted, bare, name } = groups;
    steps.push(
      quoted === undefined ? (index ?? name ?? bare?.replace(/^(-?\d+)n$/, '$1')) : unquote(quoted, refuse),
    );
  }
  return steps;
}

function unquote(quoted: string, refuse: (why: string) => never): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return refuse(`${quoted} is no string`);
  }
}
