/** Takes in a tree that is there already, once: `<rows> <kind of state | structuredClone | JSON>`. */
import { tell } from '../child-process.ts';
import { createRow, type Row } from '../rows.ts';
import { type StateKind, withState } from '../state-kinds.ts';

interface State {
  rows: Row[];
}

const [rowCount, how] = process.argv.slice(2) as [string, StateKind | 'structuredClone' | 'JSON'];

if (how === 'structuredClone') time((tree) => structuredClone(tree));
// oxlint-disable-next-line unicorn/prefer-structured-clone -- that is what it is compared with
else if (how === 'JSON') time((tree) => JSON.parse(JSON.stringify(tree)) as Row[]);
else {
  await withState(how, createEmpty, (state) => {
    time((tree) => {
      (state as State).rows = tree;
      return (state as State).rows;
    });
  });
}

function createEmpty(): State {
  return { rows: [] };
}

function time(takeIn: (tree: Row[]) => Row[]): void {
  const tree = Array.from({ length: Number(rowCount) }, (_, id) => createRow(id));
  const startedAt = performance.now();
  const taken = takeIn(tree);
  const ms = performance.now() - startedAt;
  if (taken.at(-1)?.id !== tree.at(-1)?.id) throw new Error('The tree has not been taken in.');
  tell({ ms });
}
