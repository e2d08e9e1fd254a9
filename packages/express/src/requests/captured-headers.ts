/** Which headers of a request may be kept: those that are named, and none that lets somebody in. */
import type { IncomingHttpHeaders } from 'node:http';
import { InvalidOptionError } from '@faultguard/core';

/** Credentials, and what is as good as one. */
const NEVER = new Set([
  'authorization',
  'cookie',
  'cookie2',
  'proxy-authorization',
  'set-cookie',
  'x-amz-security-token',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-xsrf-token',
]);

/** @throws InvalidOptionError for one that is never kept. */
export function checkHeaderNames(names: readonly string[]): readonly string[] {
  return names.map((given) => {
    const name = given.toLowerCase();
    if (NEVER.has(name)) {
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
    const value = headers[name];
    if (value !== undefined) picked[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return picked;
}
