import { createRow, type Row } from './rows.ts';
import { createVariedRow } from './varied-rows.ts';

export type RowKind = 'uniform' | 'varied';

export const rowMakers: Readonly<Record<RowKind, (id: number) => Row>> = {
  uniform: createRow,
  varied: createVariedRow,
};
