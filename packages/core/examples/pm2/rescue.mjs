/** Called in the guardian of an app that PM2 has started. PM2 stops reading its output when the app has ended. */
import { appendFileSync } from 'node:fs';

export function rescue({ requests }, { kind, signal, pid }) {
  appendFileSync('rescues.log', `process ${pid}, ended by ${signal ?? kind}, after ${requests} requests\n`);
}
