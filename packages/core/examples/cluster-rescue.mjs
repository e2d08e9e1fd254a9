/** Called in the guardian of a worker that has died: see cluster.mjs. */
export function rescue({ done }, { kind, signal }, { args: [slot] }) {
  console.log(`rescued ${done} jobs of worker ${slot}, ended by ${signal ?? kind}`);
}
