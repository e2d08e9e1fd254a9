/**
 * What superjson (https://github.com/flightcontrolhq/superjson, version 2, meta version 1) wants to be told beside
 * the JSON: which value is of which kind, and which are one object. Written along with the text, in its order.
 *
 * `values` is a tree: what is annotated below an annotated value stands under it, by its path from there.
 */
import { escapeKey } from '../value/superjson.ts';
import type { Frame } from './encode-checkpoint.ts';
import type { Annotation } from './node-form.ts';

/** As long as this, a piece is put aside. */
const PIECE_CHARS = 32_768;

interface AnnotatedFrame {
  readonly frame: Frame;
  /** Its place among the open frames. */
  readonly depth: number;
  hasChildren: boolean;
}

export class SuperjsonMeta {
  readonly #frames: readonly Frame[];
  readonly #pieces: string[] = [];
  #piece = '';
  /** What the root is annotated with, once it has been. */
  #rootType: Annotation | undefined;
  #hasRootChildren = false;
  readonly #annotated: AnnotatedFrame[] = [];
  /** By a node's number: the number of the one that holds it, and under what. 0: of none, or nowhere to be seen. */
  readonly #parents: number[] = [0];
  readonly #keys: (string | number | undefined)[] = [undefined];
  readonly #again = new Map<number, string[]>();

  constructor(frames: readonly Frame[]) {
    this.#frames = frames;
  }

  /** A node stands at the present place. */
  place(number: number, isHidden: boolean): void {
    const frame = this.#frames.at(-1);
    this.#parents[number] = isHidden ? -1 : (frame?.number ?? 0);
    this.#keys[number] = frame === undefined || isHidden ? undefined : keyOf(frame);
  }

  /** The node of that number stands at the present place again. */
  repeat(number: number): void {
    const path = this.#path(0);
    const paths = this.#again.get(number);
    if (paths === undefined) this.#again.set(number, [path]);
    else paths.push(path);
  }

  /** The value at the present place is of that kind. */
  annotate(type: Annotation): void {
    this.#begin(type);
    if (this.#frames.length > 0) this.#add(']');
  }

  /** As `annotate`, for the container whose frame is about to be pushed. */
  open(frame: Frame, type: Annotation | undefined): void {
    if (type === undefined) return;
    this.#begin(type);
    if (this.#frames.length > 0)
      this.#annotated.push({ frame, depth: this.#frames.length, hasChildren: false });
  }

  /** The frame is about to be popped. */
  close(frame: Frame): void {
    const annotated = this.#annotated.at(-1);
    if (annotated?.frame !== frame) return;
    this.#annotated.pop();
    this.#add(annotated.hasChildren ? '}]' : ']');
  }

  *pieces(): Generator<string, void> {
    yield '{"values":';
    if (this.#rootType === undefined) yield '{';
    else yield `[${JSON.stringify(this.#rootType)}${this.#hasRootChildren ? ',{' : ''}`;
    yield* this.#pieces;
    yield this.#piece;
    if (this.#rootType === undefined) yield '}';
    else yield this.#hasRootChildren ? '}]' : ']';
    yield* this.#equalities();
    yield ',"v":1}';
  }

  #begin(type: Annotation): void {
    if (this.#frames.length === 0) {
      this.#rootType = type;
      return;
    }
    const above = this.#annotated.at(-1);
    let separator = ',';
    if (above === undefined) {
      if (!this.#hasRootChildren) separator = '';
      this.#hasRootChildren = true;
    } else if (!above.hasChildren) {
      separator = ',{';
      above.hasChildren = true;
    }
    this.#add(`${separator}${JSON.stringify(this.#path(above?.depth ?? 0))}:[${JSON.stringify(type)}`);
  }

  #add(text: string): void {
    this.#piece += text;
    if (this.#piece.length < PIECE_CHARS) return;
    this.#pieces.push(this.#piece);
    this.#piece = '';
  }

  /** `{ "path": ["path of the same object", …] }`; where the root is one of them, `[[paths of the root], { … }]`. */
  *#equalities(): Generator<string, void> {
    const ofRoot = this.#again.get(1);
    let separator = '';
    for (const [number, paths] of this.#again) {
      const path = number === 1 ? undefined : this.#pathOf(number);
      if (path === undefined) continue;
      if (separator === '') {
        yield ',"referentialEqualities":';
        yield ofRoot === undefined ? '{' : `[${JSON.stringify(ofRoot)},{`;
      }
      yield `${separator}${JSON.stringify(path)}:${JSON.stringify(paths)}`;
      separator = ',';
    }
    if (separator !== '') yield ofRoot === undefined ? '}' : '}]';
    else if (ofRoot !== undefined) yield `,"referentialEqualities":[${JSON.stringify(ofRoot)}]`;
  }

  /** From the frame at that depth to the present place. */
  #path(depth: number): string {
    const keys: string[] = [];
    for (let at = depth; at < this.#frames.length; at++) pushKey(keys, keyOf(this.#frames[at] as Frame));
    return keys.join('.');
  }

  /** Undefined for a node that is not to be seen in the JSON. */
  #pathOf(number: number): string | undefined {
    const keys: string[] = [];
    let at = number;
    for (; at > 1; at = this.#parents[at] as number) pushKey(keys, this.#keys[at]);
    return at < 0 ? undefined : keys.toReversed().join('.');
  }
}

function pushKey(keys: string[], key: string | number | undefined): void {
  if (key !== undefined) keys.push(String(key));
}

/** Under what the present value of a frame stands; undefined where it stands for the frame's node itself. */
function keyOf({ shape, keys, index }: Frame): string | number | undefined {
  if (shape === 'object') return escapeKey(keys[index] as string);
  if (shape === 'array') return index;
  return shape === 'pairs' ? `${index >>> 1}.${index & 1}` : undefined;
}
