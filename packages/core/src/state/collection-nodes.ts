/** Guarded Maps and Sets. Keys may be anything that can be guarded; what is taken in is a copy here too. */
import { NodeKind } from '../journal/layout.ts';
import type { Adoption } from './adoption.ts';
import { BuiltinNode } from './builtin-node.ts';
import type { Graph } from './graph.ts';
import {
  callOriginal,
  forgetLastGuarded,
  type MapGuard,
  original,
  type SetGuard,
} from './guarded-builtins.ts';
import { MapKeySlot, MapSlot, MemberSlot } from './path.ts';
import { isObject, isPrimitive, nodeOf, type TrackedNode } from './tracked-node.ts';
import type { UndoLog } from './undo-log.ts';

const { get: mapGet, has: mapHas, forEach: mapForEach } = Map.prototype;
const { has: setHas, forEach: setForEach } = Set.prototype;

export class MapNode extends BuiltinNode implements MapGuard {
  readonly kind: NodeKind = NodeKind.map;
  readonly builtin: object = Map.prototype;
  readonly map: Map<unknown, unknown>;
  /** One of its values is an object, or was. */
  #hasHeldObjects = false;

  constructor(graph: Graph) {
    const map = new Map<unknown, unknown>();
    super(graph, map);
    this.map = map;
  }

  writeMaking(): void {}

  override writeContents(adoption: Adoption, source: object, isCopy: boolean): void {
    const { buffer } = adoption;
    const slot = buffer.length;
    buffer.push(0);
    let count = 0;
    mapForEach.call(source as Map<unknown, unknown>, (value, key) => {
      count++;
      adoption.writeElement(new MapKeySlot(), key);
      const storedKey = adoption.stored;
      adoption.writeElement(new MapSlot(key), value);
      if (isObject(adoption.stored)) this.#hasHeldObjects = true;
      if (isCopy) original.mapSet.call(this.map, storedKey, adoption.stored);
    });
    buffer.words[slot] = count;
  }

  /** `Map.prototype.set`. */
  set(key: unknown, value: unknown): unknown {
    const { graph, map } = this;
    // To look for what nobody would have to be told about would double the time.
    const previous = this.#hasHeldObjects || graph.undo !== undefined ? mapGet.call(map, key) : undefined;
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) this.#recordUndo(graph.undo, key, previous);
    if (isPrimitive(key) && isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendEntry(this.id, key, value);
      original.mapSet.call(map, key, value);
    } else this.#adopt(key, value);
    if (isObject(previous) && this.id !== 0) graph.release(previous);
    graph.end();
    return map;
  }

  #adopt(key: unknown, value: unknown): void {
    const { graph, map } = this;
    this.#hasHeldObjects = true;
    const isThere = mapHas.call(map, key);
    const [storedKey, storedValue] = graph.adoptEntry(this, key, value);
    // The entry holds its key already.
    if (isThere && this.id !== 0 && isObject(storedKey)) (nodeOf(storedKey) as TrackedNode).references--;
    original.mapSet.call(map, storedKey, storedValue);
  }

  delete(key: unknown): boolean {
    const { graph, map } = this;
    if (!mapHas.call(map, key)) return false;
    const previous = this.#hasHeldObjects ? mapGet.call(map, key) : undefined;
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) graph.undo.push(this.#undoDelete(key));
    if (this.id !== 0) graph.appendDeletedEntry(this.id, key);
    original.mapDelete.call(map, key);
    if ((isObject(key) || isObject(previous)) && this.id !== 0) graph.releaseAll([key, previous]);
    graph.end();
    return true;
  }

  clear(): void {
    const { graph, map } = this;
    if (map.size === 0) return;
    const entries = [...Map.prototype.entries.call(map)];
    graph.begin();
    this.changed();
    graph.undo?.push(() => {
      for (const [key, value] of entries) this.set(key, value);
    });
    if (this.id !== 0) graph.appendClear(this.id);
    original.mapClear.call(map);
    if (this.id !== 0) for (const entry of entries) graph.releaseAll(entry);
    graph.end();
  }

  override detached(): void {
    forgetLastGuarded(this.map);
  }

  mutate(method: string, args: unknown[]): unknown {
    const [key, value] = args;
    switch (method) {
      case 'delete':
        return this.delete(key);
      case 'clear':
        return this.clear();
      case 'set':
        return this.set(key, value);
      default:
        return this.#getOrInsert(method, key, value);
    }
  }

  /** `getOrInsert`, `getOrInsertComputed`: the language's own errors come first. */
  #getOrInsert(method: string, key: unknown, value: unknown): unknown {
    if (mapHas.call(this.map, key)) return mapGet.call(this.map, key);
    const scratch = new Map<unknown, unknown>();
    const inserted = callOriginal(Map.prototype, method, scratch, [key, value]);
    this.set(key, inserted);
    // A new key that was an object has been copied: what was inserted is the newest entry's value.
    return isPrimitive(key)
      ? mapGet.call(this.map, key)
      : ([...Map.prototype.values.call(this.map)].at(-1) as unknown);
  }

  #recordUndo(undo: UndoLog, key: unknown, previous: unknown): void {
    if (mapHas.call(this.map, key)) {
      undo.push(() => this.set(key, previous));
      return;
    }
    const { size } = this.map;
    undo.push(() => {
      // A key that was an object has been copied: the new entry is the last.
      const keys = [...Map.prototype.keys.call(this.map)];
      for (const added of keys.slice(size)) this.delete(added);
    });
  }

  /** The entries behind it go behind it again. */
  #undoDelete(deleted: unknown): () => void {
    const entries = [...Map.prototype.entries.call(this.map)];
    const index = entries.findIndex(([key]) => Object.is(key, deleted === 0 ? 0 : deleted));
    const behind = entries.slice(index);
    return () => {
      for (const [key] of behind.slice(1)) this.delete(key);
      for (const [key, value] of behind) this.set(key, value);
    };
  }

  override forEachValue(visit: (value: unknown) => void): void {
    super.forEachValue(visit);
    mapForEach.call(this.map, (value, key) => {
      visit(key);
      visit(value);
    });
  }

  override describeSlotOf(child: object): string | undefined {
    for (const [key, value] of Map.prototype.entries.call(this.map)) {
      if (value === child) return new MapSlot(key).text;
      if (key === child) return new MapKeySlot().text;
    }
    return super.describeSlotOf(child);
  }
}

export class SetNode extends BuiltinNode implements SetGuard {
  readonly kind: NodeKind = NodeKind.set;
  readonly builtin: object = Set.prototype;
  readonly members: Set<unknown>;

  constructor(graph: Graph) {
    const members = new Set<unknown>();
    super(graph, members);
    this.members = members;
  }

  writeMaking(): void {}

  override writeContents(adoption: Adoption, source: object, isCopy: boolean): void {
    const { buffer } = adoption;
    const slot = buffer.length;
    buffer.push(0);
    let count = 0;
    setForEach.call(source as Set<unknown>, (value) => {
      count++;
      adoption.writeElement(new MemberSlot(), value);
      if (isCopy) original.setAdd.call(this.members, adoption.stored);
    });
    buffer.words[slot] = count;
  }

  /** `Set.prototype.add`. */
  add(value: unknown): unknown {
    const { graph, members } = this;
    if (setHas.call(members, value)) return members;
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendMember(this.id, value);
      original.setAdd.call(members, value);
      graph.undo?.push(() => this.delete(value));
    } else {
      const stored = graph.adoptMember(this, value);
      original.setAdd.call(members, stored);
      graph.undo?.push(() => this.delete(stored));
    }
    graph.end();
    return members;
  }

  delete(value: unknown): boolean {
    const { graph, members } = this;
    if (!setHas.call(members, value)) return false;
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) graph.undo.push(this.#undoDelete(value));
    if (this.id !== 0) graph.appendDeletedEntry(this.id, value);
    original.setDelete.call(members, value);
    if (isObject(value) && this.id !== 0) graph.release(value);
    graph.end();
    return true;
  }

  clear(): void {
    const { graph, members } = this;
    if (members.size === 0) return;
    const values = [...Set.prototype.values.call(members)];
    graph.begin();
    this.changed();
    graph.undo?.push(() => {
      for (const value of values) this.add(value);
    });
    if (this.id !== 0) graph.appendClear(this.id);
    original.setClear.call(members);
    if (this.id !== 0) graph.releaseAll(values);
    graph.end();
  }

  mutate(method: string, args: unknown[]): unknown {
    if (method === 'clear') return this.clear();
    return method === 'delete' ? this.delete(args[0]) : this.add(args[0]);
  }

  #undoDelete(deleted: unknown): () => void {
    const values = [...Set.prototype.values.call(this.members)];
    const behind = values.slice(values.findIndex((value) => Object.is(value, deleted === 0 ? 0 : deleted)));
    return () => {
      for (const value of behind.slice(1)) this.delete(value);
      for (const value of behind) this.add(value);
    };
  }

  override forEachValue(visit: (value: unknown) => void): void {
    super.forEachValue(visit);
    setForEach.call(this.members, (value) => visit(value));
  }

  override describeSlotOf(child: object): string | undefined {
    return setHas.call(this.members, child) ? new MemberSlot().text : super.describeSlotOf(child);
  }
}
