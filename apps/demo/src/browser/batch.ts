/** Many calls, one delivery: a page that has been away gets all that it has missed at once. */
const WAIT_MS = 20;

export function batch<T>(deliver: (items: readonly T[]) => void): (item: T) => void {
  let waiting: T[] = [];
  return (item) => {
    if (waiting.push(item) > 1) return;
    setTimeout(() => {
      const items = waiting;
      waiting = [];
      deliver(items);
    }, WAIT_MS);
  };
}
