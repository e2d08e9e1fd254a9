/** Guarded builtins without parts: dates, URLs and their parameters, boxed primitives, regular expressions. */
import { NodeFlag, NodeKind, Tag } from '../journal/layout.ts';
import type { Adoption } from './adoption.ts';
import { indexOf } from './element-key.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import { callOriginal, original } from './guarded-builtins.ts';
import { PropertyNode } from './property-node.ts';
import type { Target } from './tracked-node.ts';
import { closedLevelOf, writeKind } from './write-node.ts';
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

/** A regular expression that no match changes: it is guarded as what it is, and `lastIndex` is constant. */
export class RegExpNode extends BuiltinNode {
  readonly kind: NodeKind = NodeKind.regExp;
  readonly builtin: object = RegExp.prototype;
  readonly #regExp: RegExp;

  constructor(graph: Graph, source: RegExp) {
    const regExp = copyRegExp(source);
    Object.defineProperty(regExp, 'lastIndex', { writable: false });
    super(graph, regExp);
    this.#regExp = regExp;
  }

  override ownKeysOf(source: object): (string | symbol)[] {
    return super.ownKeysOf(source).filter((key) => key !== 'lastIndex');
  }

  writeMaking(adoption: Adoption): void {
    writeRegExp(adoption, this.#regExp);
  }

  mutate(): never {
    throw this.graph.refusal(this, undefined, COMPILED_ANEW);
  }
}

const COMPILED_ANEW = 'a guarded regular expression cannot be compiled anew.';

function writeRegExp({ buffer }: Adoption, regExp: RegExp): void {
  buffer.pushText(readSlot(regExp, 'source') as string);
  buffer.pushText(flagsOf(regExp));
}

const FLAGS: readonly (readonly [name: string, flag: string])[] = [
  ['hasIndices', 'd'],
  ['global', 'g'],
  ['ignoreCase', 'i'],
  ['multiline', 'm'],
  ['dotAll', 's'],
  ['unicode', 'u'],
  ['unicodeSets', 'v'],
  ['sticky', 'y'],
];

/** What it is, whatever properties of these names it has been given. */
function readSlot(regExp: RegExp, name: string): unknown {
  return Object.getOwnPropertyDescriptor(RegExp.prototype, name)?.get?.call(regExp);
}

export function flagsOf(regExp: RegExp): string {
  return FLAGS.map(([name, flag]) => (readSlot(regExp, name) === true ? flag : '')).join('');
}

export function copyRegExp(regExp: RegExp): RegExp {
  return new RegExp(readSlot(regExp, 'source') as string, flagsOf(regExp));
}

/**
 * A regular expression with a `lastIndex` that matches and assignments move (flags g and y). Nothing can watch
 * an assignment to `lastIndex` but a proxy, so this one is one.
 */
export class MovingRegExpNode extends PropertyNode {
  readonly kind: NodeKind = NodeKind.regExp;
  readonly #methods = new Map<unknown, unknown>();
  /** The `lastIndex` that the guardian knows of. */
  #told: unknown;

  constructor(graph: Graph, source: RegExp) {
    super(graph, copyRegExp(source), false);
  }

  override writeBody(adoption: Adoption, source: object, isCopy: boolean): void {
    super.writeBody(adoption, source, isCopy);
    this.#told = this.target['lastIndex'];
  }

  writeHead(adoption: Adoption, source: object): number {
    writeKind(adoption.buffer, this, closedLevelOf(source), NodeFlag.hasProperties);
    writeRegExp(adoption, this.target as unknown as RegExp);
    return Tag.newNode;
  }

  get(target: Target, key: string | symbol, receiver: unknown): unknown {
    // The language's own getters want a real one; those of a subclass what the user holds.
    const value: unknown = Reflect.get(target, key, builtinKeys.has(key) ? target : receiver);
    if (key === Symbol.toStringTag && value === undefined) return 'RegExp';
    return isBuiltinMethod(value, key) ? this.#methodFor(value as Method) : value;
  }

  /** The language's own methods want a real one as `this`, and may move its `lastIndex`. */
  #methodFor(method: Method): unknown {
    let guarded = this.#methods.get(method);
    if (guarded === undefined) {
      const call = (self: unknown, args: unknown[]): unknown => this.#call(method, self, args);
      guarded = {
        guarded(this: unknown, ...args: unknown[]): unknown {
          return call(this, args);
        },
      }.guarded;
      Object.defineProperty(guarded, 'name', { value: method.name });
      Object.defineProperty(guarded, 'length', { value: method.length });
      this.#methods.set(method, guarded);
    }
    return guarded;
  }

  #call(method: Method, self: unknown, args: unknown[]): unknown {
    if (self !== this.proxy) return Reflect.apply(method, self, args);
    if (method.name === 'compile') throw this.graph.refusal(this, undefined, COMPILED_ANEW);
    try {
      return Reflect.apply<object, unknown[], unknown>(method, this.target, args);
    } finally {
      this.#tellLastIndex();
    }
  }

  /** A match has moved it. What it was before is what the guardian knows. */
  #tellLastIndex(): void {
    const { graph, target } = this;
    const { lastIndex } = target;
    const previous = this.#told;
    if (Object.is(lastIndex, previous)) return;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.assign('lastIndex', previous));
    graph.adoptProperty(this, 'lastIndex', lastIndex);
    this.#told = lastIndex;
    graph.end();
  }

  override assign(key: string | symbol, value: unknown): void {
    super.assign(key, value);
    if (key === 'lastIndex') this.#told = this.target['lastIndex'];
  }
}

type Method = (...args: unknown[]) => unknown;

/** The getters of RegExp.prototype. */
const builtinKeys: ReadonlySet<string | symbol> = new Set(
  Reflect.ownKeys(RegExp.prototype).filter(
    (key) => Object.getOwnPropertyDescriptor(RegExp.prototype, key)?.get !== undefined,
  ),
);
/** The method that stands on RegExp.prototype under its own name: the language's, or what has taken its place. */
function isBuiltinMethod(value: unknown, key: string | symbol): boolean {
  return (
    typeof value === 'function' &&
    key !== 'constructor' &&
    Object.getOwnPropertyDescriptor(RegExp.prototype, key)?.value === value
  );
}
