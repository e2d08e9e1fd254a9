/**
 * A guarded value of which any property can be assigned: the traps that objects, arrays, errors and regular
 * expressions have in common, with the language's own rules (ECMA-262, OrdinarySet and
 * ValidateAndApplyPropertyDescriptor). Reads have no trap here: the target already holds what they should see.
 *
 * Invariants:
 * 1. Whether the language allows it is decided before anything is appended.
 * 2. Every change of a property comes down to one record.
 */
import { Attribute } from '../journal/layout.ts';
import { attributesOf, closedLevelOf, closeTo, CONSTANT, descriptorOf } from '../value/attributes.ts';
import { indexOf } from '../value/element-key.ts';
import type { Adoption } from './adoption.ts';
import { formatKey } from './path.ts';
import { noteDeletion } from './property-order.ts';
import { ACCESSOR, NOT_IN_TRANSACTION, PROTOTYPE, UNREGISTERED_SYMBOL } from './refusal.ts';
import { isObject, type Target, TrackedNode } from './tracked-node.ts';
import { writeProperties } from './write-node.ts';

/** What is not plain about a node. 0 lets its traps take their short way. */
export const Trait = {
  /** A property is not writable, enumerable and configurable, or the node is not extensible. */
  special: 1,
  /** Its prototype is neither Object.prototype nor Array.prototype: it may have setters. */
  prototype: 2,
  /** An array has a property that is no element. */
  named: 4,
  /** An array has been made much longer than it has elements. */
  sparse: 8,
} as const;

export abstract class PropertyNode extends TrackedNode {
  traits = 0;

  /** A guarded value of another prototype keeps it; `target` has it already. */
  constructor(graph: TrackedNode['graph'], target: object, hasPlainPrototype: boolean) {
    super(graph, target);
    // Found among its own properties: V8 looks for it at each assignment.
    // oxlint-disable-next-line typescript/unbound-method -- it is called as a trap of this handler
    this.set = Object.getPrototypeOf(this).set as typeof this.set;
    if (!hasPlainPrototype) this.traits = Trait.prototype;
  }

  set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    return Reflect.set(target, key, value, receiver);
  }

  /** `Object.defineProperty`, and the end of every assignment that does not take a short way. */
  defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    const { graph } = this;
    if ('get' in descriptor || 'set' in descriptor) {
      throw graph.refusal(this, key, ACCESSOR);
    }
    if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined) {
      throw graph.refusal(this, key, UNREGISTERED_SYMBOL);
    }
    const current = Object.getOwnPropertyDescriptor(target, key);
    if (!isAllowed(target, current, descriptor)) return false;
    const attributes = attributesOf(descriptor, current);
    const isConstant = (attributes & CONSTANT) === CONSTANT;
    const value: unknown = 'value' in descriptor ? descriptor.value : current?.value;
    if (current?.writable === true && attributes === attributesOf(current)) {
      // Nothing but the value, and perhaps not even that.
      if ('value' in descriptor) this.assign(key, value);
      return true;
    }
    if (isConstant && isObject(value) && !graph.owns(value)) {
      throw graph.refusal(
        this,
        key,
        'a new object cannot be made a constant in one step: assign it, then define it constant.',
      );
    }
    if (graph.undo !== undefined && isConstantNow(attributes, current)) {
      throw graph.refusal(this, key, NOT_IN_TRANSACTION);
    }
    graph.begin();
    this.changed();
    graph.undo?.push(undoDefine(this, key, current));
    const stored =
      attributes === 0 && current === undefined
        ? graph.adoptProperty(this, key, value)
        : graph.adoptDefinition(this, key, attributes, value);
    if (attributes !== 0) this.traits |= Trait.special;
    Object.defineProperty(target, key, descriptorOf(stored, attributes));
    if (current !== undefined && isObject(current.value) && this.id !== 0) graph.release(current.value);
    graph.end();
    return true;
  }

  /** `target[key] = value` for a property of its own that is writable. */
  assign(key: string | symbol, value: unknown): void {
    const { graph, target } = this;
    const previous = target[key];
    graph.begin();
    this.changed();
    // With what is switched off of it: it may have been deleted by the time that it is put back.
    graph.undo?.push(undoDefine(this, key, Object.getOwnPropertyDescriptor(target, key)));
    target[key] = graph.adoptProperty(this, key, value);
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  deleteProperty(target: Target, key: string | symbol): boolean {
    const current = Object.getOwnPropertyDescriptor(target, key);
    if (current === undefined) return true;
    if (current.configurable !== true) return false;
    const { graph } = this;
    if (graph.undo !== undefined && !canComeBack(target, key)) {
      throw graph.refusal(this, key, NOT_IN_TRANSACTION);
    }
    graph.begin();
    this.changed();
    if (graph.undo !== undefined) noteDeletion(graph.undo, this, key, current);
    if (this.id !== 0) graph.appendDelete(this.id, key);
    delete target[key];
    if (isObject(current.value) && this.id !== 0) graph.release(current.value);
    graph.end();
    return true;
  }

  preventExtensions(target: Target): boolean {
    const { graph } = this;
    if (!Object.isExtensible(target)) return true;
    if (graph.undo !== undefined) {
      throw graph.refusal(this, undefined, NOT_IN_TRANSACTION);
    }
    graph.begin();
    this.changed();
    if (this.id !== 0) graph.appendPreventExtensions(this.id);
    this.traits |= Trait.special;
    Object.preventExtensions(target);
    graph.end();
    return true;
  }

  setPrototypeOf(target: object, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true;
    throw this.graph.refusal(this, undefined, PROTOTYPE);
  }

  /** All own properties, and how closed it is. */
  writeBody(adoption: Adoption, source: object, isCopy: boolean): void {
    const { target } = this;
    const level = closedLevelOf(source);
    const attributes = writeProperties(adoption, target, source, Reflect.ownKeys(source), isCopy, level);
    if (!isCopy) return;
    closeTo(target, level);
    if (attributes !== 0 || level !== 0) this.traits |= Trait.special;
  }

  forEachValue(visit: (value: unknown) => void): void {
    const { target } = this;
    for (const key of Reflect.ownKeys(target)) visit(target[key]);
  }

  describeSlotOf(child: object): string | undefined {
    const key = Reflect.ownKeys(this.target).find((key) => this.target[key] === child);
    return key === undefined ? undefined : formatKey(key);
  }
}

/** A property that could still be redefined, and then cannot be any more. */
function isConstantNow(attributes: number, current: PropertyDescriptor | undefined): boolean {
  if ((attributes & Attribute.notConfigurable) === 0) return false;
  const isClosed = (attributes & Attribute.notWritable) !== 0 && current?.writable !== false;
  return current?.configurable !== false || isClosed;
}

/** ECMA-262, ValidateAndApplyPropertyDescriptor, for data properties. */
function isAllowed(
  target: object,
  current: PropertyDescriptor | undefined,
  wanted: PropertyDescriptor,
): boolean {
  if (current === undefined) return Object.isExtensible(target);
  if (current.configurable === true) return true;
  if (wanted.configurable === true) return false;
  if (wanted.enumerable !== undefined && wanted.enumerable !== current.enumerable) return false;
  if (current.writable === true) return true;
  if (wanted.writable === true) return false;
  return !('value' in wanted) || Object.is(wanted.value, current.value);
}

/** Could a property that is deleted be put back, at its place among the others? */
function canComeBack(target: object, key: string | symbol): boolean {
  if (!Object.isExtensible(target)) return false;
  // Elements stand in the order of their indices anyway.
  if (indexOf(key) >= 0) return true;
  const keys = Reflect.ownKeys(target);
  return keys.slice(keys.indexOf(key) + 1).every((other) => {
    if (typeof other !== typeof key || indexOf(other) >= 0 || (other === 'length' && Array.isArray(target)))
      return true;
    return Object.getOwnPropertyDescriptor(target, other)?.configurable === true;
  });
}

function undoDefine(node: PropertyNode, key: string | symbol, before: PropertyDescriptor | undefined) {
  return (): void => {
    if (before === undefined) node.deleteProperty(node.target, key);
    else Reflect.defineProperty(node.proxy, key, before);
  };
}
