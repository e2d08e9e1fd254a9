/** A row of the tree in words, all of them safe for a terminal. What is not on the screen is not described. */
import { type ClassNameOf, describeValue } from '../../state/describe-value.ts';
import { type Series, seriesOf, sparkline } from '../../state/series.ts';
import { cutText } from '../../terminal/escape-text.ts';
import { pathOf, type TreeRow } from './tree-rows.ts';

export interface DescribedRow {
  /** The last step that leads there: `name`, `[3]`, `.get("ada")`. Of a group, which of the children. */
  readonly name: string;
  readonly text: string;
  /** A list of numbers, as a line of blocks; empty of anything else. */
  readonly spark: string;
  /** Of what stands further up on its own way: where. */
  readonly sameAs: string | undefined;
}

const NAME_CHARS_MAX = 60;
const PATH_CHARS_MAX = 500;

export class RowDescriber {
  readonly #classNameOf: ClassNameOf;
  /** A list of a million numbers is gone through once, not with each key. */
  readonly #series = new WeakMap<object, Series | 'none'>();

  constructor(classNameOf: ClassNameOf) {
    this.#classNameOf = classNameOf;
  }

  describe(row: TreeRow): DescribedRow {
    const { group, value, step, cycleLevels } = row;
    if (group !== undefined) {
      const [from, to] = group;
      return {
        name: `${from.toLocaleString('en')} … ${(to - 1).toLocaleString('en')}`,
        text: '',
        spark: '',
        sameAs: undefined,
      };
    }
    const { text } = describeValue(value, this.#classNameOf);
    const series = this.seriesOf(row);
    return {
      name: cutText(row.parent === undefined ? step : step.replace(/^\./, ''), NAME_CHARS_MAX),
      text,
      spark: series === undefined ? '' : sparkline(series),
      sameAs: cycleLevels === undefined ? undefined : showPath(ancestorOf(row, cycleLevels)),
    };
  }

  /** Undefined of what is no list of numbers. */
  seriesOf({ value, group }: TreeRow): Series | undefined {
    if (group !== undefined || typeof value !== 'object' || value === null) return undefined;
    let series = this.#series.get(value);
    if (series === undefined) {
      series = seriesOf(value) ?? 'none';
      this.#series.set(value, series);
    }
    return series === 'none' ? undefined : series;
  }
}

/** For a line of its own. */
export function showPath(row: TreeRow): string {
  const path = pathOf(row);
  // Of a deep one the end says where one is.
  const shown = path.length > PATH_CHARS_MAX ? `…${path.slice(-PATH_CHARS_MAX)}` : path;
  return cutText(shown, PATH_CHARS_MAX + 1);
}

/** So many levels up; groups are none. */
function ancestorOf(row: TreeRow, levels: number): TreeRow {
  let at = row;
  for (let left = levels; left > 0 && at.parent !== undefined;) {
    at = at.parent;
    if (at.group === undefined) left--;
  }
  return at;
}
