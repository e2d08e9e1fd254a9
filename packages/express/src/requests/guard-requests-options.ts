import {
  checkBoolean,
  checkDelay,
  checkFunction,
  checkKnown,
  checkNames,
  checkNumber,
  checkObject,
  checkString,
} from '../check-options.ts';
import {
  IDEMPOTENCY_DEFAULTS,
  type IdempotencyOptions,
  type IdempotencySettings,
} from '../idempotency/idempotency-options.ts';
import { checkHeaderNames } from './captured-headers.ts';
import type { GuardedRequest, RequestFields } from './request-record.ts';
import type { Retention } from './request-registry.ts';
import { DEFAULT_PLACE } from './requests-state.ts';

export interface GuardRequestsOptions<Fields extends object = RequestFields> {
  /** The property of the state that has the requests. Default `'requests'`. */
  readonly place?: string;
  /** Headers of the request that its record has. Default none. Credentials are refused. */
  readonly headers?: readonly string[];
  /** The record has the parsed body. Mount the middleware behind the body parser then. Default false. */
  readonly body?: boolean;
  /**
   * Called once for each request that an earlier life of the app had not ended, when the middleware is made: its
   * record, plain. Not for those with an idempotency key: they can be repeated. Default: they are dropped.
   */
  readonly onLost?: (request: GuardedRequest<Fields>) => void;
  /**
   * How long a handler that goes on after its client has gone is given to end its response, in milliseconds. Default
   * one minute. Then its record is taken out, and its idempotency key is free to be resumed.
   */
  readonly abortedMs?: number;
  /** What the header `Idempotency-Key` does. `false`: nothing. */
  readonly idempotency?: IdempotencyOptions | false;
}

const OPTION_NAMES = ['place', 'headers', 'body', 'onLost', 'abortedMs', 'idempotency'];

/** The same, checked and complete. */
export interface RequestSettings {
  readonly place: string;
  readonly headers: readonly string[];
  readonly body: boolean;
  readonly retention: Retention;
  readonly idempotency: IdempotencySettings;
  /** Empty without idempotency. */
  readonly methods: ReadonlySet<string>;
}

export function checkRequestsOptions(options: GuardRequestsOptions): RequestSettings {
  checkObject('options', options);
  checkKnown('options', options, OPTION_NAMES);
  const { place = DEFAULT_PLACE, headers = [], body = false, onLost, abortedMs = 60_000 } = options;
  checkString('place', place);
  checkNames('headers', headers);
  checkBoolean('body', body);
  if (onLost !== undefined) checkFunction('onLost', onLost);
  checkDelay('abortedMs', abortedMs);
  const given = options.idempotency ?? {};
  if (given !== false) checkObject('idempotency', given);
  const idempotency = { ...IDEMPOTENCY_DEFAULTS, ...(given === false ? {} : given) };
  checkKnown('idempotency', idempotency, Object.keys(IDEMPOTENCY_DEFAULTS));
  checkNames('idempotency.methods', idempotency.methods);
  checkBoolean('idempotency.required', idempotency.required);
  for (const name of ['scope', 'fingerprint'] as const) {
    if (idempotency[name] !== undefined) checkFunction(`idempotency.${name}`, idempotency[name]);
  }
  checkFunction('idempotency.isFinal', idempotency.isFinal);
  for (const name of ['keepMs', 'keepBytes', 'responseBytesMax', 'bodyBytesMax', 'retryAfterS'] as const) {
    checkNumber(`idempotency.${name}`, idempotency[name], 0);
  }
  return {
    place,
    headers: checkHeaderNames(headers),
    body,
    retention: { abortedMs, keepMs: idempotency.keepMs, keepBytes: idempotency.keepBytes },
    idempotency,
    methods: new Set(given === false ? [] : idempotency.methods.map((method) => method.toUpperCase())),
  };
}
