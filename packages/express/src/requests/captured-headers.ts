/** Which headers of a request may be kept: those that are named, and none that lets somebody in. */
import type { IncomingHttpHeaders } from 'node:http';
import { InvalidOptionError } from '@faultguard/core';

/** Credentials, and what is as good as one, by what their names have in common. */
const NEVER =
  /auth|token|cookie|session|secret|password|credential|api-?key|jwt|assertion|signature|csrf|xsrf|dpop|client-?cert/i;

/** @throws InvalidOptionError for one that is never kept. */
export function checkHeaderNames(names: readonly string[]): readonly string[] {
  return names.map((given) => {
    const name = given.toLowerCase();
    if (NEVER.test(name)) {
      throw new InvalidOptionError(
        'headers',
        `names "${given}", which is never kept: whoever reads the state could use it.`,
      );
    }
    return name;
  });
}

export function pickHeaders(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (value !== undefined) picked[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return picked;
}
