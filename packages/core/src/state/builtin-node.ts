/**
 * What the builtins have in common that are guarded as what they are (guarded-builtins.ts). A property of its
 * own that a builtin has been given (the field of a subclass, say) becomes an accessor, so that an assignment
 * is seen; new ones cannot be added.
 */
import { Attribute, Closed, KEY_SHIFT, NodeFlag, Tag, TAG_SHIFT } from '../journal/layout.ts';
import { closedLevelOf } from '../value/attributes.ts';
import type { Adoption } from './adoption.ts';
import type { Graph } from './graph.ts';
import { type BuiltinGuard, setGuard } from './guarded-builtins.ts';
import { formatKey } from './path.ts';
import { Refusal } from './refusal.ts';
import { isObject, TrackedNode } from './tracked-node.ts';
import { readProperty, writeKind } from './write-node.ts';

/** A builtin that is guarded as what it is. It is not extensible; what it has of its own are accessors. */
export abstract class BuiltinNode extends TrackedNode implements BuiltinGuard {
  /** The values of its own properties, if it has any: `target` has accessors for them. */
  #fields: Map<string | symbol, unknown> | undefined;

  /** How closed that was that it is a copy of. */
  #level: number = Closed.extensible;

  constructor(graph: Graph, target: object) {
    super(graph, target, target);
    setGuard(target, this);
  }

  abstract readonly builtin: object;
  abstract mutate(method: string, args: unknown[]): unknown;

  /** What names it and makes it: written behind the word of its kind. */
  abstract writeMaking(adoption: Adoption, source: object): void;

  /** What it holds but its own properties. */
  writeContents(_adoption: Adoption, _source: object, _isCopy: boolean): void {}

  /** Are there properties that are shown as accessors? */
  get hasFields(): boolean {
    return this.#fields !== undefined;
  }

  /** The keys of properties that are its own, beside what makes it what it is. */
  ownKeysOf(source: object): (string | symbol)[] {
    return source === this.target ? [...(this.#fields?.keys() ?? [])] : Reflect.ownKeys(source);
  }

  writeHead(adoption: Adoption, source: object): number {
    const hasFields = this.ownKeysOf(source).length > 0;
    if (source !== this.target) this.#level = closedLevelOf(source);
    writeKind(adoption.buffer, this, this.#level, hasFields ? NodeFlag.hasProperties : 0);
    this.writeMaking(adoption, source);
    return Tag.newNode;
  }

  writeBody(adoption: Adoption, source: object, isCopy: boolean): void {
    this.writeContents(adoption, source, isCopy);
    const keys = this.ownKeysOf(source);
    if (keys.length > 0) this.#writeFields(adoption, keys, source, isCopy);
    // What has been kept is all there is.
    // The language does not let views of a resizable buffer be closed.
    if (isCopy) Reflect.preventExtensions(this.target);
  }

  #writeFields(
    adoption: Adoption,
    keys: readonly (string | symbol)[],
    source: object,
    isCopy: boolean,
  ): void {
    const { buffer } = adoption;
    buffer.push(keys.length);
    for (const key of keys) {
      adoption.key = key;
      const { value, attributes } = isCopy
        ? readProperty(source, key)
        : { value: this.#fields?.get(key), attributes: this.#attributesOf(key) };
      // An accessor takes the place of each: it can be written to and stays.
      if ((attributes & ~Attribute.notEnumerable) !== 0) {
        throw new Refusal('a constant property of a builtin cannot be guarded.');
      }
      const slot = buffer.length;
      buffer.push(0);
      const keyId = adoption.writeKey(key);
      const tag = adoption.write(value);
      buffer.words[slot] = attributes | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
      if (isCopy) this.#defineField(key, adoption.stored, attributes === 0);
    }
  }

  #attributesOf(key: string | symbol): number {
    return Object.prototype.propertyIsEnumerable.call(this.target, key) ? 0 : Attribute.notEnumerable;
  }

  /** A property of its own whose assignments are seen. */
  #defineField(key: string | symbol, value: unknown, enumerable: boolean): void {
    const fields = (this.#fields ??= new Map<string | symbol, unknown>());
    fields.set(key, value);
    Object.defineProperty(this.target, key, {
      get: () => fields.get(key),
      set: (next: unknown) => {
        this.#setField(key, next);
      },
      enumerable,
      configurable: false,
    });
  }

  #setField(key: string | symbol, value: unknown): void {
    const { graph } = this;
    const previous = this.#fields?.get(key);
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.#setField(key, previous));
    this.#fields?.set(key, graph.adoptProperty(this, key, value));
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  forEachValue(visit: (value: unknown) => void): void {
    if (this.#fields !== undefined) for (const value of this.#fields.values()) visit(value);
  }

  describeSlotOf(child: object): string | undefined {
    for (const [key, value] of this.#fields ?? []) if (value === child) return formatKey(key);
    return undefined;
  }
}
