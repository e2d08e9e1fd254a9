/** A guarded object: a plain one, one without a prototype, an instance of a registered class, or an error. */
import { KEY_SHIFT, NodeFlag, NodeKind, Tag, TAG_SHIFT } from '../journal/layout.ts';
import { makeBareError } from '../value/builtin-errors.ts';
import { setOwnProperty } from '../value/own-property.ts';
import { closedLevelOf, descriptorOf } from '../value/attributes.ts';
import type { Adoption } from './adoption.ts';
import type { Graph } from './graph.ts';
import { PropertyNode, Trait } from './property-node.ts';
import { noteDeletion } from './property-order.ts';
import { isObject, isPrimitive, type Target } from './tracked-node.ts';
import { ABSENT, type Assignable } from './undo-log.ts';
import { readProperty, writeKind } from './write-node.ts';

export class ObjectNode extends PropertyNode implements Assignable {
  get kind(): NodeKind {
    return NodeKind.object;
  }

  /** A plain object that can be extended needs no more than a tag. */
  writeHead(adoption: Adoption, source: object): number {
    if ((this.traits & Trait.prototype) === 0 && Object.isExtensible(source)) return Tag.newObject;
    writeKind(adoption.buffer, this, closedLevelOf(source));
    return Tag.newNode;
  }

  override writeBody(adoption: Adoption, source: object, isCopy: boolean): void {
    if (this.traits === 0 && (!isCopy || Object.isExtensible(source)))
      this.#writePlain(adoption, source, isCopy);
    else super.writeBody(adoption, source, isCopy);
  }

  /** The body of nearly every node there is, in one go. */
  #writePlain(adoption: Adoption, source: object, isCopy: boolean): void {
    const { target } = this;
    const { buffer } = adoption;
    // What is taken over has no other keys than those, and V8 has them at hand.
    const isTakenOver = !isCopy && adoption.isTakenOver !== undefined;
    const keys = isTakenOver ? Object.keys(source) : Reflect.ownKeys(source);
    buffer.push(keys.length);
    for (const key of keys) {
      adoption.key = key;
      let attributes = 0;
      let value: unknown;
      if (isCopy) {
        const descriptor = Reflect.getOwnPropertyDescriptor(source, key);
        if (
          descriptor?.writable === true &&
          descriptor.enumerable === true &&
          descriptor.configurable === true &&
          typeof key === 'string'
        ) {
          value = descriptor.value;
        } else ({ value, attributes } = readProperty(source, key));
      } else value = target[key];
      const slot = buffer.length;
      buffer.push(0);
      const keyId = adoption.writeKey(key);
      const tag = adoption.write(value);
      buffer.words[slot] = attributes | (tag << TAG_SHIFT) | (keyId << KEY_SHIFT);
      if (!isCopy) {
        // Taken over, with a value that has become a node just now.
        if (adoption.stored !== value) target[key] = adoption.stored;
        continue;
      }
      if (attributes === 0 && typeof key === 'string') setOwnProperty(target, key, adoption.stored);
      else Object.defineProperty(target, key, descriptorOf(adoption.stored, attributes));
      if (attributes !== 0) this.traits |= Trait.special;
    }
  }

  override set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy || typeof key === 'symbol' || key === '__proto__') {
      return Reflect.set(target, key, value, receiver);
    }
    const { graph } = this;
    // What a prototype has under that name may be read-only, or a setter, or a getter that must not be called.
    if (this.traits === 0 ? key in Object.prototype && !Object.hasOwn(target, key) : !this.#isPlain(key)) {
      return Reflect.set(target, key, value, receiver);
    }
    const previous = target[key];
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) {
      const isThere = previous !== undefined || Object.hasOwn(target, key);
      graph.undo.pushAssignment(this, key, isThere ? previous : ABSENT);
    }
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendProperty(this.id, key, value);
      target[key] = value;
    } else {
      target[key] = graph.adoptProperty(this, key, value);
    }
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
    return true;
  }

  /** Of a node with traits: is it a property of its own with nothing switched off? */
  #isPlain(key: string): boolean {
    if ((this.traits & Trait.special) !== 0) return false;
    return Object.hasOwn(this.target, key);
  }

  assignBack(key: string | number, previous: unknown): void {
    if (previous === ABSENT) this.deleteProperty(this.target, key as string);
    else this.set(this.target, key as string, previous, this.proxy);
  }

  override deleteProperty(target: Target, key: string | symbol): boolean {
    if ((this.traits & Trait.special) !== 0) return super.deleteProperty(target, key);
    if (!Object.hasOwn(target, key)) return true;
    const { graph } = this;
    const previous = target[key];
    graph.begin();
    this.changed();
    if (graph.undo !== undefined) {
      const before = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
      noteDeletion(graph.undo, this, key, before);
    }
    if (this.id !== 0) graph.appendDelete(this.id, key);
    delete target[key];
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
    return true;
  }

  override forEachValue(visit: (value: unknown) => void): void {
    if (this.traits === 0) for (const value of Object.values(this.target)) visit(value);
    // A symbol is a key that `Object.values` does not list.
    for (const key of this.traits === 0
      ? Object.getOwnPropertySymbols(this.target)
      : Reflect.ownKeys(this.target)) {
      visit(this.target[key]);
    }
  }
}

/** A guarded error: an object whose target is a real error. A proxy hides that from `Object.prototype.toString`. */
export class ErrorNode extends ObjectNode {
  readonly #type: number;

  constructor(graph: Graph, type: number) {
    super(graph, makeBareError(type), false);
    this.#type = type;
  }

  override get kind(): NodeKind {
    return NodeKind.error;
  }

  override writeHead(adoption: Adoption, source: object): number {
    writeKind(adoption.buffer, this, closedLevelOf(source), NodeFlag.hasProperties);
    adoption.buffer.push(this.#type);
    return Tag.newNode;
  }

  get(target: Target, key: string | symbol, receiver: unknown): unknown {
    const value: unknown = Reflect.get(target, key, receiver);
    return key === Symbol.toStringTag && value === undefined ? 'Error' : value;
  }
}
