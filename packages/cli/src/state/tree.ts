/** A state, or a part of it, as a tree of limited depth and width: what `inspect` shows. */
import { childrenOf, countChildren } from './children.ts';
import { type ClassNameOf, describeValue } from './describe-value.ts';
import { type Series, seriesOf, sparkline } from './series.ts';
import { cutText } from '../terminal/escape-text.ts';
import type { Output } from '../terminal/output.ts';

export interface TreeNode {
  /** Where it stands, as faultguard writes it. */
  readonly path: string;
  readonly type: string;
  readonly text: string;
  readonly size: number | null;
  /** The same object stands there, further up in the tree. */
  readonly sameAs: string | null;
  readonly series: Omit<Series, 'columns'> | null;
  readonly children: readonly TreeNode[];
  /** Those that are not shown: too deep, or too many. */
  readonly hiddenChildren: number;
}

/** With what is for the terminal alone. */
interface ShownNode extends TreeNode {
  readonly step: string;
  readonly spark: string | undefined;
  readonly children: readonly ShownNode[];
}

export interface TreeOptions {
  readonly depth: number;
  /** Children of a node that are shown. */
  readonly limit: number;
  readonly classNameOf: ClassNameOf;
}

const STEP_CHARS_MAX = 60;

export function makeTree(value: unknown, path: string, options: TreeOptions): ShownNode {
  return makeNode(value, path, path, options, new Map());
}

function makeNode(
  value: unknown,
  path: string,
  step: string,
  options: TreeOptions,
  seen: Map<object, string>,
): ShownNode {
  const { depth, limit, classNameOf } = options;
  const { type, text, size } = describeValue(value, classNameOf);
  const shownPath = cutText(path, 1000);
  const node = { path: shownPath, step: cutText(step, STEP_CHARS_MAX), type, text, size: size ?? null };
  if (typeof value !== 'object' || value === null) {
    return { ...node, sameAs: null, series: null, spark: undefined, children: [], hiddenChildren: 0 };
  }
  const sameAs = seen.get(value);
  if (sameAs !== undefined) {
    return { ...node, sameAs, series: null, spark: undefined, children: [], hiddenChildren: 0 };
  }
  seen.set(value, shownPath);
  const found = seriesOf(value);
  const spark = found === undefined ? undefined : sparkline(found);
  const series = found === undefined ? null : withoutColumns(found);
  const children: ShownNode[] = [];
  // A series is shown by its line; at the top, also by its first elements.
  if (depth > 0 && (series === null || step === path)) {
    for (const child of childrenOf(value)) {
      if (children.length === limit) break;
      children.push(
        makeNode(child.value, `${path}${child.step}`, child.step, { ...options, depth: depth - 1 }, seen),
      );
    }
  }
  const hiddenChildren = Math.max(0, countChildren(value) - children.length);
  return { ...node, sameAs: null, series, spark, children, hiddenChildren };
}

function withoutColumns({ count, min, max, mean, last }: Series): Omit<Series, 'columns'> {
  return { count, min, max, mean, last };
}

export function toJson(node: ShownNode): TreeNode {
  const { path, type, text, size, sameAs, series, children, hiddenChildren } = node;
  const below = children.map((child) => toJson(child));
  return { path, type, text, size, sameAs, series, children: below, hiddenChildren };
}

export function* formatTree(node: ShownNode, output: Output, indent = ''): Generator<string> {
  if (indent === '') yield `${output.style('bold', node.step)}: ${describeNode(node, output)}`;
  const isCut = node.hiddenChildren > 0 && node.children.length > 0;
  for (const [index, child] of node.children.entries()) {
    const isLast = index === node.children.length - 1 && !isCut;
    const step = output.style('cyan', child.step.replace(/^\./, ''));
    yield `${indent}${isLast ? '└─ ' : '├─ '}${step}: ${describeNode(child, output)}`;
    yield* formatTree(child, output, `${indent}${isLast ? '   ' : '│  '}`);
  }
  if (isCut) yield `${indent}└─ ${output.style('dim', `… ${node.hiddenChildren.toLocaleString('en')} more`)}`;
}

function describeNode({ text, sameAs, spark, children, hiddenChildren }: ShownNode, output: Output): string {
  if (sameAs !== null) return `${text} ${output.style('dim', `→ ${sameAs}`)}`;
  if (spark !== undefined) return `${text} ${spark}`;
  return hiddenChildren > 0 && children.length === 0 ? `${text} ${output.style('dim', '…')}` : text;
}
