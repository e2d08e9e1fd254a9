/**
 * A value of a kind that only its own code can copy (`registerCustom`). The user holds a proxy of an instance
 * that is ours alone; its methods run on the instance itself, so that private fields work. After each call and
 * each assignment it is serialized again, and what has changed is told.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RegisteredCustom } from '../classes/registry.ts';
import { NodeKind, Tag } from '../journal/layout.ts';
import type { Adoption } from './adoption.ts';
import type { Graph } from './graph.ts';
import { ContentSlot } from './path.ts';
import { Refusal } from './refusal.ts';
import { isObject, nodeOf, type Target, TrackedNode } from './tracked-node.ts';

type Method = (...args: unknown[]) => unknown;

export class CustomNode extends TrackedNode {
  readonly kind: NodeKind = NodeKind.custom;
  readonly #custom: RegisteredCustom;
  readonly #methods = new Map<unknown, unknown>();
  /** What the instance has last been serialized to: a primitive or a guarded value. */
  #content: unknown;

  constructor(graph: Graph, custom: RegisteredCustom, source: object) {
    super(graph, makeInstance(custom, source));
    this.#custom = custom;
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
    adoption.writeElement(new ContentSlot(), this.#content ?? this.#custom.serialize(this.target));
    this.#content = adoption.stored;
  }

  get content(): unknown {
    return this.#content;
  }

  copy(): object {
    return this.#custom.deserialize(this.#custom.serialize(this.target));
  }

  get(target: Target, key: string | symbol): unknown {
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === 'function' && key !== 'constructor' ? this.#methodFor(value as Method) : value;
  }

  set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) return Reflect.set(target, key, value, receiver);
    return this.#watch(() => Reflect.set(target, key, value, target));
  }

  defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    return this.#watch(() => Reflect.defineProperty(target, key, descriptor));
  }

  deleteProperty(target: Target, key: string | symbol): boolean {
    return this.#watch(() => Reflect.deleteProperty(target, key));
  }

  setPrototypeOf(target: object, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true;
    throw this.graph.refusal(this, undefined, 'the prototype of a guarded value cannot be changed.');
  }

  #methodFor(method: Method): unknown {
    let guarded = this.#methods.get(method);
    if (guarded === undefined) {
      const call = (self: unknown, args: unknown[]): unknown => this.#call(method, self, args);
      guarded = function guarded(this: unknown, ...args: unknown[]): unknown {
        return call(this, args);
      };
      Object.defineProperty(guarded, 'name', { value: method.name });
      Object.defineProperty(guarded, 'length', { value: method.length });
      this.#methods.set(method, guarded);
    }
    return guarded;
  }

  #call(method: Method, self: unknown, args: unknown[]): unknown {
    if (self !== this.proxy) return Reflect.apply(method, self, args);
    const result = this.#watch(() => Reflect.apply(method, this.target, args));
    if (result instanceof Promise) return this.#watchLater(result);
    return result === this.target ? this.proxy : result;
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
    const content = this.#custom.serialize(this.target);
    const previous = this.#content;
    if (isDeepStrictEqual(content, previous)) return;
    graph.begin();
    this.changed();
    graph.undo?.push(() => this.#restore(previous));
    this.#content = graph.adoptContent(this, content);
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
  }

  /** What the instance has in private is restored by a new one alone: its own properties are put back. */
  #restore(content: unknown): void {
    const before = this.#custom.deserialize(content) as Target;
    for (const key of Reflect.ownKeys(this.target)) Reflect.deleteProperty(this.target, key);
    Object.defineProperties(this.target, Object.getOwnPropertyDescriptors(before));
    this.#tell();
  }

  forEachValue(visit: (value: unknown) => void): void {
    visit(this.#content);
  }

  describeSlotOf(child: object): string | undefined {
    return nodeOf(child) !== undefined && this.#content === child ? new ContentSlot().text : undefined;
  }
}

function makeInstance(custom: RegisteredCustom, source: object): object {
  const instance: unknown = custom.deserialize(custom.serialize(source));
  if (isObject(instance)) return instance;
  throw new Refusal(`the deserialize function of "${custom.name}" has made no object of it.`);
}
