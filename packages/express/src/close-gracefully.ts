/**
 * The end of a process that is asked to end: its servers take nothing new, what is begun is finished, and then it exits.
 *
 * 1. The process exits when the last of its servers has closed, whichever is asked first.
 * 2. A signal that comes again within a second is the same one: a guardian passes on what the process group has got too.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { checkDelay, checkFunction, checkKnown, checkNames, checkObject } from './check-options.ts';

export interface CloseGracefullyOptions {
  /**
   * How long requests may take to finish, in milliseconds. Then their connections are closed, and those that have been upgraded
   * (WebSockets). Default 10,000.
   */
  readonly graceMs?: number;
  /**
   * What asks for it, of all servers of the process. Default `['SIGTERM', 'SIGINT']`. Another one, a second later or more, ends the
   * process at once.
   */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called, and awaited, when no request is left: close what the app has open. What it throws ends the process with code 1. */
  readonly onClosed?: () => unknown;
}

const OPTION_NAMES = ['graceMs', 'signals', 'onClosed'];
const SAME_SIGNAL_MS = 1000;

/** A server that a signal closes. */
interface Closing {
  readonly signals: readonly NodeJS.Signals[];
  readonly close: () => Promise<void>;
}

const closings = new Set<Closing>();
let askedAt: number | undefined;

/**
 * From the first of the signals on the server takes no new connections. Connections that have nothing to do are
 * closed, the others when they have finished their request; responses that have not begun say `Connection: close`.
 * When that is done, of all servers for which this has been called, the process ends with `process.exitCode`, or 0: a
 * clean exit, after which an autosave is there only with `keep: 'always'`.
 *
 * @param server - what `app.listen()` has returned.
 * @returns a function that does the same without a signal: it resolves when no request is left and `onClosed` is done, and
 *   does not end the process. Signals then have no meaning for this server any more.
 * @throws InvalidOptionError (`ERR_FAULTGUARD_INVALID_OPTION`).
 */
export function closeGracefully(server: Server, options: CloseGracefullyOptions = {}): () => Promise<void> {
  checkObject('options', options);
  checkKnown('options', options, OPTION_NAMES);
  const { graceMs = 10_000, signals = ['SIGTERM', 'SIGINT'], onClosed } = options;
  checkDelay('graceMs', graceMs);
  checkNames('signals', signals);
  if (onClosed !== undefined) checkFunction('onClosed', onClosed);

  const closeServer = prepareToClose(server, graceMs);
  let closed: Promise<void> | undefined;
  const closeAndTell = async (): Promise<void> => {
    await closeServer();
    await onClosed?.();
  };
  const close = (): Promise<void> => (closed ??= closeAndTell());
  const closing: Closing = { signals, close };
  listenTo(closing);
  return async () => {
    closings.delete(closing);
    for (const signal of signals) {
      if (![...closings].some((other) => other.signals.includes(signal))) process.off(signal, onSignal);
    }
    await close();
  };
}

function listenTo(closing: Closing): void {
  closings.add(closing);
  for (const signal of closing.signals) {
    if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
  }
}

function onSignal(signal: NodeJS.Signals): void {
  const now = performance.now();
  if (askedAt === undefined) {
    askedAt = now;
    void closeAll();
  } else if (now - askedAt > SAME_SIGNAL_MS) {
    process.off(signal, onSignal);
    // Ends the process, unless somebody else listens too, whose affair it is then.
    process.kill(process.pid, signal);
  }
}

/** Also those that another signal closes: the end of the process would cut them off. */
async function closeAll(): Promise<void> {
  try {
    await Promise.all([...closings].map(({ close }) => close()));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  process.exit();
}

/** @returns what closes it. */
function prepareToClose(server: Server, graceMs: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  const busy = new Set<ServerResponse>();
  let isClosing = false;
  server.prependListener('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_request, response) => {
    // One that comes in on a connection that was busy when the server was closed.
    if (isClosing) response.shouldKeepAlive = false;
    busy.add(response);
    response.once('close', () => {
      busy.delete(response);
      // One whose response had begun before, and had promised to be kept alive.
      if (isClosing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return () =>
    new Promise((resolve) => {
      isClosing = true;
      for (const response of busy) response.shouldKeepAlive = false;
      const late = setTimeout(() => {
        server.closeAllConnections();
        // The server does not know of those that have been upgraded.
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      // Closes idle connections, too, but for those that have never asked for anything.
      server.close(() => {
        clearTimeout(late);
        resolve();
      });
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    });
}
