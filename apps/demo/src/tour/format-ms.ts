/** Times as the tour prints them. */
export function formatMs(ms: number | undefined): string {
  return ms === undefined ? 'unknown' : `${ms.toFixed(0)} ms`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
