/**
 * Which places of the state redacted paths name. Found by following the paths from the root, not by comparing texts: an
 * object that stands at two places is redacted at both when one of them is.
 */
import { Contents, type WalkedMirror } from './find-paths.ts';
import type { RedactedPath, RedactedStep } from './redaction.ts';

export class RedactedPlaces {
  /** Nodes at or below a redacted place. */
  readonly #below = new Set<object>();
  /** Nodes that hold redacted places: the last steps of the paths. */
  readonly #holders = new Map<object, Set<RedactedStep>>();
  /** Nodes on the way to redacted places, the root excepted. */
  readonly #onTheWay = new Set<object>();
  readonly #hasPaths: boolean;
  #nodesLeft: number;

  /** Looks at `nodesMax` objects at most: of a larger state everything is redacted. */
  constructor(mirror: WalkedMirror, paths: readonly RedactedPath[], nodesMax: number) {
    this.#hasPaths = paths.length > 0;
    this.#nodesLeft = nodesMax;
    if (mirror.root === undefined) return;
    const contents = new Contents(mirror);
    for (const path of paths) this.#follow(mirror.root, path, contents);
    this.#spread(contents);
  }

  /**
   * Is what was done to a node to be redacted? `node` undefined: it is no longer in the state, and nobody knows where it
   * was. `step`: the slot's name, undefined when it has none; without it, it is about the node as a whole.
   */
  has(node: object | undefined, step?: { readonly name: string | undefined }): boolean {
    if (!this.#hasPaths) return false;
    if (node === undefined || this.#nodesLeft <= 0 || this.#below.has(node)) return true;
    const names = this.#holders.get(node);
    if (step === undefined) return names !== undefined || this.#onTheWay.has(node);
    if (names === undefined) return false;
    return step.name === undefined || names.has(undefined) || names.has(step.name);
  }

  #follow(root: object, path: RedactedPath, contents: Contents): void {
    let level = new Set([root]);
    for (const [index, wanted] of path.entries()) {
      const next = new Set<object>();
      const add = (node: object): void => {
        next.add(node);
        const content = contents.contentOf(node);
        if (content !== undefined) next.add(content);
      };
      const isLast = index === path.length - 1;
      for (const node of level) {
        if (this.#nodesLeft-- <= 0) return;
        if (node !== root) this.#onTheWay.add(node);
        if (isLast) this.#hold(node, wanted);
        contents.forEachOwnChild(node, (child, step) => {
          const { name } = wanted === undefined ? { name: undefined } : step();
          if (wanted === undefined || name === undefined || name === wanted) add(child);
        });
      }
      level = next;
    }
    for (const node of level) this.#below.add(node);
  }

  #hold(node: object, step: RedactedStep): void {
    const steps = this.#holders.get(node);
    if (steps === undefined) this.#holders.set(node, new Set([step]));
    else steps.add(step);
  }

  #spread(contents: Contents): void {
    // The set grows while it is walked.
    for (const node of this.#below) {
      if (this.#nodesLeft-- <= 0) return;
      contents.forEachChild(node, (child) => this.#below.add(child));
    }
  }
}
