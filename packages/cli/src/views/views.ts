/** All that is loaded together, and late: see `loadViews`. */
export { showTree } from './tree/tree-view.tsx';
export { showGuards } from './watch/watch-view.tsx';
