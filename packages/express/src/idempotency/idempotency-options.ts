import type { Request } from 'express';

export interface IdempotencyOptions {
  /** Of which requests the header `Idempotency-Key` counts. Default `['POST', 'PATCH']`: others are idempotent by themselves. */
  readonly methods?: readonly string[];
  /** Answer 400 to such a request without the header. Default false: it is a request like any other. */
  readonly required?: boolean;
  /**
   * Whose key it is: two clients with the same key and different scopes do not meet. Default: all have the same, and
   * a key that another client has used is answered by 422, since `Authorization` is a part of the fingerprint. Return
   * the user's id where something else (a cookie, a certificate) tells users apart.
   */
  readonly scope?: (request: Request) => string;
  /**
   * What has to be the same for two requests to be the same. Default: method, `Host`, URL, `Authorization`, and the body:
   * its length, and as it has been parsed, or else its bytes. Only a digest of it is kept. Give your own where a body differs each time,
   * as the boundaries of multipart bodies do.
   */
  readonly fingerprint?: (request: Request) => string;
  /**
   * Is a request with this response done? Default: yes, but for 401, 403, 407, 408, 409, 423, 425, 429 and 500 to 599.
   * What is not done can be repeated with the same key: then the handler gets the record that it had left.
   */
  readonly isFinal?: (status: number) => boolean;
  /** How long a response, or what is left of an interrupted request, is kept, in milliseconds. Default: 24 hours. */
  readonly keepMs?: number;
  /** How much all kept responses may need, in bytes; the oldest are dropped first. Default 64 MiB. */
  readonly keepBytes?: number;
  /**
   * The largest body of a response that is kept, in bytes. Default 1 MiB. The key of a larger one stays used: the
   * repeated request is not executed again, and is answered by 409.
   */
  readonly responseBytesMax?: number;
  /** The largest body of a request that is read for its fingerprint, in bytes; 413 above. Default 1 MiB. */
  readonly bodyBytesMax?: number;
  /** Of the answer to a request whose key is being worked on, in seconds. Default 1. */
  readonly retryAfterS?: number;
}

const NOT_FINAL = new Set([401, 403, 407, 408, 409, 423, 425, 429]);

/** The same, checked and complete. */
export type IdempotencySettings = {
  [Name in keyof IdempotencyOptions]-?: Name extends 'scope' | 'fingerprint'
    ? IdempotencyOptions[Name] | undefined
    : Exclude<IdempotencyOptions[Name], undefined>;
};

export const IDEMPOTENCY_DEFAULTS: IdempotencySettings = {
  methods: ['POST', 'PATCH'],
  required: false,
  scope: undefined,
  fingerprint: undefined,
  isFinal: (status) => status < 500 && !NOT_FINAL.has(status),
  keepMs: 24 * 60 * 60 * 1000,
  keepBytes: 64 * 1024 * 1024,
  responseBytesMax: 1024 * 1024,
  bodyBytesMax: 1024 * 1024,
  retryAfterS: 1,
};
