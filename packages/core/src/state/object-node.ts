/** A guarded plain object. Reads have no trap: the target already holds what they should see. */
import { isObject, isPlainDescriptor, isPrimitive, type Target, TrackedNode } from './tracked-node.ts';

export class ObjectNode extends TrackedNode {
  readonly kind = 'object';

  set(target: Target, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) return Reflect.set(target, key, value, receiver);
    if (typeof key === 'symbol') throw this.graph.refusal(this, key, 'symbol keys cannot be guarded yet.');
    if (key === '__proto__') throw this.graph.refusal(this, key, 'a key of that name cannot be guarded yet.');
    const { graph } = this;
    const previous = target[key];
    // No value of ours is a function: it is inherited.
    if (typeof previous === 'function') checkAssignable(target, key);
    graph.begin();
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

  deleteProperty(target: Target, key: string | symbol): boolean {
    if (!Object.hasOwn(target, key)) return true;
    const { graph } = this;
    const previous = target[key];
    graph.begin();
    if (this.id !== 0) graph.appendDelete(this.id, key as string);
    delete target[key];
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
    return true;
  }

  defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (!isPlainDescriptor(descriptor, Object.getOwnPropertyDescriptor(target, key))) {
      throw this.graph.refusal(
        this,
        key,
        'only enumerable, writable, configurable data properties can be guarded yet.',
      );
    }
    if (!('value' in descriptor) && Object.hasOwn(target, key)) return true;
    return this.set(target, key, descriptor.value, this.proxy);
  }
}

/** Throws as the language does where the property is inherited and read-only (a frozen Object.prototype). */
function checkAssignable(target: Target, key: string): void {
  const inherited = Object.getOwnPropertyDescriptor(Object.prototype, key);
  if (inherited?.writable !== false || Object.hasOwn(target, key)) return;
  throw new TypeError(`Cannot assign to read only property '${key}' of object`);
}
