/**
 * `process.send` of the app when the guarded script was itself started with an IPC channel (by `fork`, PM2,
 * a test runner, `node --watch`): messages, handles and the end of the channel are passed on, both ways.
 */
import type { ChildProcess, SendHandle } from 'node:child_process';

/** A channel ends a moment before its process does. One that is still there then has closed it itself. */
const END_MS = 200;

export interface Relay {
  /**
   * Resolves when all that the app sent has been passed on; then lets go of the channel: whoever listens to it in this
   * process too (the script, what PM2 loads into it) does not keep it alive, as it would not have kept the app.
   */
  finish(): Promise<void>;
}

export function relayMessages(app: ChildProcess): Relay {
  if (process.send === undefined) return { finish: () => Promise.resolve() };
  const sends: Promise<void>[] = [];
  const toApp = (message: unknown, handle: unknown): void => {
    if (app.connected) app.send(message as object, handle as SendHandle, ignoreLostPeer);
  };
  const disconnectApp = (): void => {
    if (app.connected) app.disconnect();
  };
  process.on('message', toApp);
  process.on('disconnect', disconnectApp);
  app.on('message', (message, handle) => {
    if (!process.connected) return;
    sends.push(
      new Promise((resolve) => {
        process.send?.(message, handle, {}, () => resolve());
      }),
    );
  });
  // The channel ends when the app closes it and when the app is gone: only then has everything arrived.
  const ended = new Promise<void>((resolve) => {
    app.once('disconnect', resolve);
  });
  app.once('disconnect', () => {
    const timer = setTimeout(() => {
      if (app.exitCode === null && app.signalCode === null && process.connected) process.disconnect();
    }, END_MS);
    app.once('exit', () => clearTimeout(timer));
  });
  // Under --watch Node tells the channel of each module that is loaded, also when the channel has ended.
  process.on('error', ignoreLostPeer);
  return {
    async finish() {
      await ended;
      await Promise.all(sends);
      process.off('message', toApp);
      process.off('disconnect', disconnectApp);
      process.off('error', ignoreLostPeer);
      process.channel?.unref();
    },
  };
}

/** The app may die while a message is on its way; its end is reported elsewhere. */
export function ignoreLostPeer(): void {}
