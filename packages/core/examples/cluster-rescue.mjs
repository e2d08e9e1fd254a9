/** Called in the guardian of a worker that has died: see cluster.mjs. */
export function rescue({ done }, { kind }, { args: [slot] }) {
  console.log(`rescued ${done} jobs of worker ${slot}, which ${kind}`);
}
