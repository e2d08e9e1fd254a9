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
    if (graph.undo !== undefined) this.#keepEntries(graph.undo);
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
    if (graph.undo !== undefined) this.#keepEntries(graph.undo);
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
    if (undo.keptOf(this) !== undefined) return;
    if (mapHas.call(this.map, key)) {
      undo.push(() => this.set(key, previous));
      return;
    }
    if (isPrimitive(key)) {
      undo.push(() => this.delete(key));
      return;
    }
    const { size } = this.map;
    undo.push(() => {
      // A key that was an object has been copied: the new entry is the last.
      const keys = [...Map.prototype.keys.call(this.map)];
      for (const added of keys.slice(size)) this.delete(added);
    });
  }

  /** Once in a transaction, however many entries leave: those behind one that has left go behind it again. */
  #keepEntries(undo: UndoLog): void {
    if (undo.keptOf(this) !== undefined) return;
    // Two lists: a pair for each entry would take three times as long.
    const keys = [...Map.prototype.keys.call(this.map)] as unknown[];
    const values = [...Map.prototype.values.call(this.map)] as unknown[];
    undo.keep(this, { takeBack: () => this.#putBack(keys, values) });
  }

  #putBack(keys: readonly unknown[], values: readonly unknown[]): void {
    const now = [...Map.prototype.entries.call(this.map)];
    const isSame = ([key, value]: readonly [unknown, unknown], index: number): boolean =>
      index < keys.length && Object.is(key, keys[index]) && Object.is(value, values[index]);
    const from = lengthOfStart(now, isSame);
    for (const [key] of now.slice(from)) this.delete(key);
    for (let index = from; index < keys.length; index++) this.set(keys[index], values[index]);
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
    let stored: unknown = value;
    if (isPrimitive(value)) {
      if (this.id !== 0) graph.journal.appendMember(this.id, value);
    } else stored = graph.adoptMember(this, value);
    original.setAdd.call(members, stored);
    if (graph.undo !== undefined) this.#recordAdded(graph.undo, stored);
    graph.end();
    return members;
  }

  #recordAdded(undo: UndoLog, stored: unknown): void {
    if (undo.keptOf(this) === undefined) undo.push(() => this.delete(stored));
  }

  delete(value: unknown): boolean {
    const { graph, members } = this;
    if (!setHas.call(members, value)) return false;
    graph.begin();
    if (this.snapshot !== undefined) this.changed();
    if (graph.undo !== undefined) this.#keepMembers(graph.undo);
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
    if (graph.undo !== undefined) this.#keepMembers(graph.undo);
    if (this.id !== 0) graph.appendClear(this.id);
    original.setClear.call(members);
    if (this.id !== 0) graph.releaseAll(values);
    graph.end();
  }

  mutate(method: string, args: unknown[]): unknown {
    if (method === 'clear') return this.clear();
    return method === 'delete' ? this.delete(args[0]) : this.add(args[0]);
  }

  /** As with the entries of a Map. */
  #keepMembers(undo: UndoLog): void {
    if (undo.keptOf(this) !== undefined) return;
    const before = [...Set.prototype.values.call(this.members)];
    undo.keep(this, { takeBack: () => this.#putBack(before) });
  }

  #putBack(before: readonly unknown[]): void {
    const now = [...Set.prototype.values.call(this.members)];
    const isSame = (value: unknown, index: number): boolean =>
      index < before.length && Object.is(value, before[index]);
    const from = lengthOfStart(now, isSame);
    for (const value of now.slice(from)) this.delete(value);
    for (const value of before.slice(from)) this.add(value);
  }

  override forEachValue(visit: (value: unknown) => void): void {
    super.forEachValue(visit);
    setForEach.call(this.members, (value) => visit(value));
  }

  override describeSlotOf(child: object): string | undefined {
    return setHas.call(this.members, child) ? new MemberSlot().text : super.describeSlotOf(child);
  }
}

/** How many items at the beginning are the same as before. */
function lengthOfStart<Item>(items: readonly Item[], isSame: (item: Item, index: number) => boolean): number {
  const index = items.findIndex((item, position) => !isSame(item, position));
  return index < 0 ? items.length : index;
}
