/**
 * Guarded regular expressions. A match moves `lastIndex` of one with the flag g or y, and anybody may assign it: only a
 * proxy sees that. One that no match changes is guarded as what it is.
 */
import { NodeFlag, NodeKind, Tag } from '../journal/layout.ts';
import { closedLevelOf } from '../value/attributes.ts';
import type { Adoption } from './adoption.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import { GuardedMethods, type Method } from './guarded-methods.ts';
import { PropertyNode } from './property-node.ts';
import { isObject, type Target } from './tracked-node.ts';
import { writeKind } from './write-node.ts';

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
  readonly #methods = new GuardedMethods((method, self, args) => this.#call(method, self, args));
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
    return isBuiltinMethod(value, key) ? this.#methods.standInFor(value as Method) : value;
  }

  /** The language's own methods want a real one as `this`, and may move its `lastIndex`. */
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
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  override assign(key: string | symbol, value: unknown): void {
    super.assign(key, value);
    if (key === 'lastIndex') this.#told = this.target['lastIndex'];
  }
}

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
