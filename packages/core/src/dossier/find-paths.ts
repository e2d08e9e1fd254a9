/** Where in the state nodes stand: one walk from the root, breadth first, that ends when all have been found. No recursion. */
import { CONTENT_STEP, UNKNOWN_STEP } from '../value/path-step.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { forEachChild, type Step } from './children.ts';

/** What of a mirror is needed here. */
export type WalkedMirror = Pick<Mirror, 'root' | 'madeValues' | 'settle'>;

/** Steps of a path that are shown: of a longer one the first and the last. */
const STEPS_MAX = 64;
const PATH_CHARS_MAX = 1000;

/** The paths of those of `wanted` that are among the first `nodesMax` objects of the state. */
export function findPaths(
  mirror: WalkedMirror,
  wanted: ReadonlySet<object>,
  nodesMax: number,
): Map<object, string> {
  const walk = new Walk(mirror);
  const paths = new Map<object, string>();
  const left = new Set(wanted);
  walk.from(mirror.root, nodesMax, (node) => {
    left.delete(node);
    return left.size > 0;
  });
  for (const node of wanted) {
    const path = walk.pathOf(node);
    if (path !== undefined) paths.set(node, path);
  }
  return paths;
}

class Walk {
  readonly #contents: Contents;
  readonly #nodes: object[] = [];
  /** Of each node the index of the one that led to it. */
  readonly #holders: number[] = [];
  readonly #indices = new Map<object, number>();

  constructor(mirror: WalkedMirror) {
    this.#contents = new Contents(mirror);
  }

  /** `goOn` is asked about each node that is found, the root first. */
  from(root: object | undefined, nodesMax: number, goOn: (node: object) => boolean): void {
    const state = { isOver: false };
    const find = (node: object, holder: number): void => {
      if (state.isOver || this.#indices.has(node)) return;
      this.#indices.set(node, this.#nodes.length);
      this.#nodes.push(node);
      this.#holders.push(holder);
      state.isOver = !goOn(node) || this.#nodes.length >= nodesMax;
    };
    if (root !== undefined) find(root, -1);
    for (let index = 0; index < this.#nodes.length && !state.isOver; index++) {
      this.#contents.forEachChild(this.#nodes[index] as object, (child) => find(child, index));
    }
  }

  pathOf(node: object): string | undefined {
    let index = this.#indices.get(node);
    if (index === undefined) return undefined;
    const steps: string[] = [];
    const first: string[] = [];
    for (let holder = this.#holders[index] as number; holder >= 0; holder = this.#holders[index] as number) {
      const isShown = steps.length < STEPS_MAX;
      const step = isShown ? this.#stepTo(holder, index) : '';
      if (isShown) steps.push(step);
      else first[0] = '…';
      index = holder;
    }
    const path = `state${first.join('')}${steps.toReversed().join('')}`;
    return path.length > PATH_CHARS_MAX ? `${path.slice(0, PATH_CHARS_MAX)}…` : path;
  }

  #stepTo(holder: number, index: number): string {
    const child = this.#nodes[index];
    let found: string | undefined;
    this.#contents.forEachChild(this.#nodes[holder] as object, (other, step) => {
      if (other === child) found ??= step().text;
    });
    return found ?? UNKNOWN_STEP;
  }
}

/** What a node holds; a custom value also what it is serialized to, which is what the journal speaks of. */
export class Contents {
  readonly #mirror: WalkedMirror;
  readonly #shells = new Map<unknown, object>();

  constructor(mirror: WalkedMirror) {
    this.#mirror = mirror;
    for (const [shell, value] of mirror.madeValues) {
      if (value !== shell) this.#shells.set(value, shell);
    }
  }

  forEachChild(node: object, visit: (child: object, step: () => Step) => void): void {
    this.forEachOwnChild(node, visit);
    const content = this.contentOf(node);
    if (content !== undefined) visit(content, () => ({ text: CONTENT_STEP, name: undefined }));
  }

  /** Without what a custom value is serialized to. */
  forEachOwnChild(node: object, visit: (child: object, step: () => Step) => void): void {
    if (Array.isArray(node)) this.#mirror.settle(node);
    forEachChild(node, visit);
  }

  contentOf(node: object): object | undefined {
    const shell = this.#shells.get(node);
    const content: unknown =
      shell === undefined ? undefined : Object.getOwnPropertyDescriptor(shell, 'content')?.value;
    return typeof content === 'object' && content !== null ? content : undefined;
  }
}
