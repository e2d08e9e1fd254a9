/** The end of a server that is asked to end: nothing new, what is begun is finished, and then a clean exit. */
import type { Server, ServerResponse } from 'node:http';
import { checkDelay, checkFunction, checkKnown, checkNames, checkObject } from './check-options.ts';

export interface CloseGracefullyOptions {
  /** How long requests may take to finish, in milliseconds. Then their connections are closed. Default 10,000. */
  readonly graceMs?: number;
  /** What asks for it. Default `['SIGTERM', 'SIGINT']`. The second one ends the process at once. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called, and awaited, when no request is left: close what the app has open. What it throws ends the process with code 1. */
  readonly onClosed?: () => unknown;
}

const OPTION_NAMES = ['graceMs', 'signals', 'onClosed'];

/**
 * From the first of the signals on the server takes no new connections. Connections that have nothing to do are
 * closed, the others when they have finished their request; responses that have not begun say `Connection: close`.
 * Then the process ends with `process.exitCode`, or 0: a clean exit, after which an autosave is there only with
 * `keep: 'always'`.
 *
 * @param server - what `app.listen()` has returned.
 * @returns a function that does the same without a signal. It resolves when no request is left, and does not end the
 *   process.
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`).
 */
export function closeGracefully(server: Server, options: CloseGracefullyOptions = {}): () => Promise<void> {
  checkObject('options', options);
  checkKnown('options', options, OPTION_NAMES);
  const { graceMs = 10_000, signals = ['SIGTERM', 'SIGINT'], onClosed } = options;
  checkDelay('graceMs', graceMs);
  checkNames('signals', signals);
  if (onClosed !== undefined) checkFunction('onClosed', onClosed);

  const busy = new Set<ServerResponse>();
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeServer(server, busy, graceMs));
  server.prependListener('request', (_request, response) => {
    // One that comes in on a connection that was busy when the server was closed.
    if (closed !== undefined) response.shouldKeepAlive = false;
    busy.add(response);
    response.once('close', () => {
      busy.delete(response);
      // One whose response had begun before, and had promised to be kept alive.
      if (closed !== undefined) setImmediate(() => server.closeIdleConnections());
    });
  });
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) {
      for (const name of signals) process.off(name, end);
      process.kill(process.pid, signal);
      return;
    }
    asked = true;
    close()
      .then(onClosed)
      .then(
        () => process.exit(),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  for (const signal of signals) process.on(signal, end);
  return close;
}

function closeServer(server: Server, busy: Iterable<ServerResponse>, graceMs: number): Promise<void> {
  for (const response of busy) response.shouldKeepAlive = false;
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    // Closes connections that are idle now, too.
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
  });
}
