/** A state of many small objects, as scripts and servers collect them. */

export interface Row {
  id: number;
  name: string;
  value: number;
  done: boolean;
  text: string;
}

/** Of one row as JSON, with its comma. */
export const ROW_BYTES = 200;

/** Every string is a different one. */
export function createRow(id: number): Row {
  const number = String(id).padStart(7, '0');
  return {
    id: 1_000_000 + id,
    name: flat(`row ${number}`.padEnd(20, '.')),
    value: 100_000.5 + id,
    done: true,
    text: flat(`text ${number}`.padEnd(116, '.')),
  };
}

/** Strings put together with `+` are trees of their parts; those of a parsed document are not. */
function flat(text: string): string {
  return Buffer.from(text).toString('latin1');
}
