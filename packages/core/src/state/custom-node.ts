/**
 * A value of a kind that only its own code can copy (`registerCustom`). The user holds a proxy of an instance
 * that is ours alone; its methods run on the instance itself, so that private fields work. After each call and
 * each assignment it is serialized again, and what has changed is told.
 */
import type { RegisteredCustom } from '../classes/registry.ts';
import { INSPECT } from '../platform/builtin-modules.ts';
import { NodeKind, Tag } from '../journal/layout.ts';
import type { Adoption } from './adoption.ts';
import type { Graph } from './graph.ts';
import { GuardedMethods, type Method } from './guarded-methods.ts';
import { UnguardableValueError } from '../errors.ts';
import { ContentSlot } from './path.ts';
import { isSameContent } from './same-content.ts';
import { PROTOTYPE, Refusal } from './refusal.ts';
import { takeSnapshot } from './snapshot.ts';
import { isObject, nodeOf, type Target, TrackedNode } from './tracked-node.ts';

export class CustomNode extends TrackedNode {
  readonly kind: NodeKind = NodeKind.custom;
  readonly #custom: RegisteredCustom;
  readonly #methods = new GuardedMethods((method, self, args) => this.#call(method, self, args));
  /** Another one when a transaction has been taken back: `target` only stands for it. */
  #instance: object;
  /** What the instance has last been serialized to: a primitive or a guarded value. */
  #content: unknown;

  constructor(graph: Graph, custom: RegisteredCustom, source: object) {
    super(graph, {});
    this.#custom = custom;
    this.#instance = makeInstance(custom, source);
    // Node shows a proxy by looking at its target.
    Object.defineProperty(this.target, INSPECT, { value: () => this.#instance, configurable: true });
  }

  /** What is written, whether it is copied or told anew, is the content. */
  override sourceOf(): object {
    return this.target;
  }

  writeHead(adoption: Adoption): number {
    adoption.buffer.push(this.kind);
    adoption.buffer.pushText(this.#custom.name);
    return Tag.newNode;
  }

  writeBody(adoption: Adoption): void {
    adoption.writeElement(new ContentSlot(), this.#content ?? this.#custom.serialize(this.#instance));
    this.#content = adoption.stored;
  }

  get content(): unknown {
    return this.#content;
  }

  copy(): object {
    return makeInstance(this.#custom, this.#instance);
  }

  get(_target: Target, key: string | symbol): unknown {
    // A getter may change something too.
    const value: unknown = isAccessor(this.#instance, key)
      ? this.#watch(() => Reflect.get(this.#instance, key, this.#instance))
      : Reflect.get(this.#instance, key, this.#instance);
    if (value === this.#instance) return this.proxy;
    return typeof value === 'function' && key !== 'constructor'
      ? this.#methods.standInFor(value as Method)
      : value;
  }

  set(_target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) return Reflect.set(this.#instance, key, value, receiver);
    return this.#watch(() => Reflect.set(this.#instance, key, value, this.#instance));
  }

  has(_target: Target, key: string | symbol): boolean {
    return Reflect.has(this.#instance, key);
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#instance);
  }

  /** A proxy may call constant only what is constant in its target. */
  getOwnPropertyDescriptor(_target: Target, key: string | symbol): PropertyDescriptor | undefined {
    const descriptor = Reflect.getOwnPropertyDescriptor(this.#instance, key);
    return descriptor && { ...descriptor, configurable: true };
  }

  defineProperty(_target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (descriptor.configurable === false) {
      throw this.graph.refusal(this, key, 'a constant property of a custom value cannot be guarded.');
    }
    return this.#watch(() => Reflect.defineProperty(this.#instance, key, descriptor));
  }

  deleteProperty(_target: Target, key: string | symbol): boolean {
    return this.#watch(() => Reflect.deleteProperty(this.#instance, key));
  }

  preventExtensions(): boolean {
    throw this.graph.refusal(this, undefined, 'a custom value cannot be closed.');
  }

  override getPrototypeOf(target: object): object | null {
    super.getPrototypeOf(target);
    return Reflect.getPrototypeOf(this.#instance);
  }

  setPrototypeOf(_target: object, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(this.#instance)) return true;
    throw this.graph.refusal(this, undefined, PROTOTYPE);
  }

  #call(method: Method, self: unknown, args: unknown[]): unknown {
    if (self !== this.proxy) return Reflect.apply(method, self, args);
    const result = this.#watch(() => Reflect.apply(method, this.#instance, args));
    if (result instanceof Promise) return this.#watchLater(result);
    return result === this.#instance ? this.proxy : result;
  }

  async #watchLater(promise: Promise<unknown>): Promise<unknown> {
    try {
      return await promise;
    } finally {
      this.#tell();
    }
  }

  #watch<Result>(run: () => Result): Result {
    try {
      return run();
    } finally {
      this.#tell();
    }
  }

  #tell(): void {
    const { graph } = this;
    const content = this.#custom.serialize(this.#instance);
    const previous = this.#content;
    if (isSameContent(previous, content)) return;
    graph.begin();
    this.changed();
    try {
      this.#content = graph.adoptContent(this, content);
    } catch (error) {
      // What cannot be kept has not happened.
      if (error instanceof UnguardableValueError)
        this.#instance = this.#custom.deserialize(toPlain(previous));
      throw error;
    }
    graph.undo?.push(() => this.#restore(previous));
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  #restore(content: unknown): void {
    this.#instance = this.#custom.deserialize(toPlain(content));
    this.#tell();
  }

  forEachValue(visit: (value: unknown) => void): void {
    visit(this.#content);
  }

  describeSlotOf(child: object): string | undefined {
    return nodeOf(child) !== undefined && this.#content === child ? new ContentSlot().text : undefined;
  }
}

function isAccessor(object: object, key: string | symbol): boolean {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor.get !== undefined;
  }
  return false;
}

/** A copy that `deserialize` can do with as it likes, where there can be one. */
function toPlain(content: unknown): unknown {
  const node = isObject(content) ? nodeOf(content) : undefined;
  if (node === undefined) return content;
  const copy = takeSnapshot(node);
  try {
    return structuredClone(copy);
  } catch {
    return copy;
  }
}

function makeInstance(custom: RegisteredCustom, source: object): object {
  const instance: unknown = custom.deserialize(custom.serialize(source));
  if (isObject(instance)) return instance;
  throw new Refusal(`the deserialize function of "${custom.name}" has made no object of it.`);
}
