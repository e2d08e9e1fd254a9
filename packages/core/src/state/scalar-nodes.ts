/** Guarded builtins without parts: dates, URLs and their parameters, boxed primitives. */
import { NodeKind } from '../journal/layout.ts';
import { indexOf } from '../value/element-key.ts';
import type { Adoption } from './adoption.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import { callOriginal, original } from './guarded-builtins.ts';
import { writeSimple } from './write-simple.ts';

const { getTime } = Date.prototype;

export class DateNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.date;
  readonly builtin: object = Date.prototype;
  readonly date: Date;

  constructor(graph: Graph, source: Date) {
    const date = new Date(getTime.call(source));
    super(graph, date);
    this.date = date;
  }

  writeMaking(adoption: Adoption, source: object): void {
    adoption.buffer.pushFloat(getTime.call(source as Date));
  }

  /** Any of its setters. What they make of their arguments is tried on a copy first. */
  mutate(method: string, args: unknown[]): unknown {
    const scratch = new Date(getTime.call(this.date));
    const result = callOriginal(Date.prototype, method, scratch, args);
    this.#setTime(getTime.call(scratch));
    return result;
  }

  #setTime(time: number): void {
    const { graph, date } = this;
    const previous = getTime.call(date);
    if (Object.is(time, previous)) return;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.#setTime(previous));
    if (this.id !== 0) graph.appendTime(this.id, time);
    original.setTime.call(date, time);
    graph.end();
  }
}

/** Whatever properties of that name it has been given. */
export const hrefOf: () => string = Object.getOwnPropertyDescriptor(URL.prototype, 'href')
  ?.get as () => string;

/** A URL. Its `searchParams` are guarded with it: they are part of what it is. */
export class UrlNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.url;
  readonly builtin: object = URL.prototype;
  readonly url: URL;
  /** Part of the state only where it has been assigned to a slot of its own; a change of it is one here. */
  readonly searchParams: SearchParamsNode;

  constructor(graph: Graph, source: URL) {
    const url = new URL(hrefOf.call(source));
    super(graph, url);
    this.url = url;
    this.searchParams = new SearchParamsNode(graph, url.searchParams, this);
  }

  writeMaking(adoption: Adoption, source: object): void {
    adoption.buffer.pushText(hrefOf.call(source));
  }

  mutate(method: string, args: unknown[]): void {
    // Made a text once: it is given to two.
    // oxlint-disable-next-line typescript/no-unnecessary-template-expression -- whatever it is: not by String(), which takes symbols
    const text = `${args[0] as string}`;
    this.change((url) => callOriginal(URL.prototype, method, url, [text]));
  }

  /** Makes a change on a copy first, and then, when it is one, here too. */
  change(apply: (url: URL) => unknown): unknown {
    const { graph, url } = this;
    const before = url.href;
    const scratch = new URL(before);
    const result = apply(scratch);
    const { href } = scratch;
    if (href === before) return result;
    graph.begin();
    this.changed();
    graph.undo?.push(() => {
      this.change((url) => callOriginal(URL.prototype, 'href', url, [before]));
    });
    if (this.id !== 0) graph.appendText(this.id, href);
    apply(url);
    graph.end();
    return result;
  }
}

/** URLSearchParams, by themselves or those of a guarded URL. */
export class SearchParamsNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.searchParams;
  readonly builtin: object = URLSearchParams.prototype;
  readonly params: URLSearchParams;
  readonly owner: UrlNode | undefined;

  constructor(graph: Graph, source: URLSearchParams, owner: UrlNode | undefined) {
    const params = owner?.url.searchParams ?? new URLSearchParams(String(source));
    super(graph, params);
    this.params = params;
    this.owner = owner;
  }

  writeMaking(adoption: Adoption, source: object): void {
    if (this.owner === undefined) {
      adoption.buffer.push(0);
      adoption.buffer.pushText((source as URLSearchParams).toString());
    } else adoption.writeElement('url', this.owner.url);
  }

  mutate(method: string, args: unknown[]): unknown {
    const { params, owner } = this;
    // Made texts once: they are given to two. An argument that is missing, or may be, stays so.
    // oxlint-disable-next-line typescript/no-unnecessary-template-expression -- as above
    const texts = args.map((arg) => (arg === undefined && method === 'delete' ? arg : `${arg as string}`));
    const apply = (params: URLSearchParams): unknown =>
      callOriginal(URLSearchParams.prototype, method, params, texts);
    if (owner !== undefined) return owner.change((url) => apply(url.searchParams));
    const before = String(params);
    const scratch = new URLSearchParams(before);
    const result = apply(scratch);
    if (String(scratch) === before) return result;
    this.#setText(String(scratch), before);
    return result;
  }

  #setText(text: string, before: string): void {
    const { graph, params } = this;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.#setText(before, text));
    if (this.id !== 0) graph.appendText(this.id, text);
    for (const key of new Set(params.keys()))
      callOriginal(URLSearchParams.prototype, 'delete', params, [key]);
    for (const pair of new URLSearchParams(text))
      callOriginal(URLSearchParams.prototype, 'append', params, pair);
    graph.end();
  }

  override forEachValue(visit: (value: unknown) => void): void {
    super.forEachValue(visit);
    if (this.owner !== undefined) visit(this.owner.url);
  }
}

/** `Object(1)`, `new String('x')`: what they are never changes. */
export class BoxedNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.boxed;
  readonly builtin: object = Object.prototype;
  readonly #value: Primitive;

  constructor(graph: Graph, source: object) {
    const value = unbox(source);
    super(graph, Object(value) as object);
    this.#value = value;
  }

  override ownKeysOf(source: object): (string | symbol)[] {
    const keys = super.ownKeysOf(source);
    if (typeof this.#value !== 'string' || source === this.target) return keys;
    const { length } = this.#value;
    return keys.filter((key) => key !== 'length' && !(indexOf(key) >= 0 && indexOf(key) < length));
  }

  writeMaking(adoption: Adoption): void {
    const { buffer } = adoption;
    const slot = buffer.length;
    buffer.push(0);
    const tag = writeSimple(buffer, this.#value);
    buffer.words[slot] = tag;
  }

  mutate(): void {}
}

type Primitive = boolean | number | string | bigint | symbol;

/** What stands in a boxed primitive, whatever properties it has been given. */
export function unbox(source: object): Primitive {
  const types: readonly { readonly prototype: { valueOf: () => Primitive } }[] = [
    Number,
    String,
    Boolean,
    BigInt,
    Symbol,
  ];
  for (const { prototype } of types) {
    try {
      return prototype.valueOf.call(source);
    } catch {
      // Of another type.
    }
  }
  throw new TypeError('not a boxed primitive');
}
