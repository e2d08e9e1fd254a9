/** Tells the guardian what nothing in the app has caught, without changing what Node does about it. */
import types from 'node:util/types';
import type { Graph } from '../state/graph.ts';

/** Of each text of an exception. A message may hold a whole request body. */
const TEXT_CHARS_MAX = 65_536;

/** Returns what ends it. */
export function reportExceptions(graph: Graph): () => void {
  const report = (error: unknown): void => {
    graph.appendException(...describe(error));
    const isHandled =
      process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    // A listener that does not end the process at once has dealt with it.
    if (isHandled) setImmediate(() => graph.appendExceptionHandled()).unref();
  };
  process.on('uncaughtExceptionMonitor', report);
  return () => void process.off('uncaughtExceptionMonitor', report);
}

/** Whatever was thrown, with getters that throw or not. */
function describe(error: unknown): [name: string, message: string, stack: string] {
  const read = (key: 'name' | 'message' | 'stack'): string => {
    try {
      const value: unknown = (error as Record<string, unknown>)[key];
      return typeof value === 'string' ? value.slice(0, TEXT_CHARS_MAX) : '';
    } catch {
      return '';
    }
  };
  if (types.isNativeError(error)) return [read('name'), read('message'), read('stack')];
  let text = '';
  try {
    text = String(error).slice(0, TEXT_CHARS_MAX);
  } catch {
    // An object that cannot be made a string says nothing.
  }
  return [typeof error, text, ''];
}
