/** Leaves an autosave of a checkpoint alone: `<path> <rows> <uniform | varied> <preset>`. */
import { start } from '@faultguard/core';
import { type RowKind, rowMakers } from '../row-kinds.ts';
import type { Row } from '../rows.ts';

const [path, rowCount, kind, preset] = process.argv.slice(2) as [string, string, RowKind, string];

await start<{ rows: Row[] }>({
  initial: () => ({ rows: Array.from({ length: Number(rowCount) }, (_, id) => rowMakers[kind](id)) }),
  autosave: { path, keep: 'always', preset: Number(preset) },
  // oxlint-disable-next-line unicorn/no-process-exit -- the clean end of the app
  launch: () => process.exit(0),
});
