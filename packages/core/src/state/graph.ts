/**
 * The state of one app: the graph of tracked nodes, and the records that keep the guardian's copy the same.
 *
 * Invariants:
 * 1. A mutation is appended before it is made: once it has returned, it has been appended.
 * 2. A mutation that is refused has changed nothing, here or there.
 * 3. Ids are given by this side alone and said explicitly; the guardian forgets one only when told so.
 *
 * A long file: it has a method for each record, and all of them share ids, counts and what is done when one is cut off.
 */
import { UnguardableValueError } from '../errors.ts';
import { INLINE_KEY, KEY_SHIFT, Operation, Tag, TAG_SHIFT } from '../journal/layout.ts';
import type { JournalWriter } from '../journal/writer.ts';
import type { BufferMemory } from '../memory/buffer-memory.ts';
import { WordBuffer } from '../value/words.ts';
import { Adoption } from './adoption.ts';
import type { ArrayNode } from './array-node.ts';
import { findUnreachable, forEachChild, SUSPECTS_MIN } from './cycles.ts';
import {
  ContentSlot,
  formatPath,
  formatSlot,
  MapKeySlot,
  MapSlot,
  MemberSlot,
  type SlotKey,
} from './path.ts';
import { Refusal } from './refusal.ts';
import { isObject, isPrimitive, nodeOf, type TrackedNode } from './tracked-node.ts';
import { UndoLog } from './undo-log.ts';
import { writeSimple } from './write-simple.ts';

export class Graph {
  readonly journal: JournalWriter;
  /** Where the bytes of ArrayBuffers live. */
  readonly memory: BufferMemory;
  /** While a transaction is open: what takes back each of its mutations, in their order. */
  undo: UndoLog | undefined = undefined;
  /** That transaction may be writing to the memory of buffers. */
  isKeepingUndo = false;
  /** With the code that runs now, an open transaction is over. */
  isFinishedLater = false;
  /** There has been an ArrayBuffer in the state. */
  hasBuffers = false;
  root: TrackedNode | undefined;
  /** Buffers not in use. More than one only when a foreign proxy's trap mutates the state during a copy-in. */
  readonly #buffers: WordBuffer[] = [];
  readonly #freedIds: number[] = [];
  /** By id; 0 is no node. */
  readonly #attached: (TrackedNode | undefined)[] = [undefined];
  #attachedCount = 0;
  /** See cycles.ts. */
  #suspects = 0;
  /**
   * True from the beginning of a mutation to its end. A mutation can be cut off at any call and any loop, by a
   * stack overflow that the app catches or by the time limit of `vm`: the next one finds it true then.
   */
  #isMidway = false;
  /** Others have appended something while a value was taken in: the guardian does not know of that value. */
  #isTornApart = false;
  #undoLog: UndoLog | undefined = undefined;
  /** How often the guardian has been told the whole state anew. */
  #restarts = 0;

  constructor(journal: JournalWriter, memory: BufferMemory) {
    this.journal = journal;
    this.memory = memory;
  }

  /**
   * Takes the first state and returns its guarded form. Throws UnguardableValueError. `isTakenOver`: of a state that nobody
   * else holds, says which of its plain objects and arrays may be used as they are, instead of copies.
   */
  setRoot(value: object, isTakenOver?: (value: object) => boolean): object {
    this.begin();
    const buffer = this.#begin();
    const proxy = this.#adoptOne(buffer, Operation.setRoot, undefined, '', value, isTakenOver) as object;
    this.root = nodeOf(proxy);
    this.end();
    return proxy;
  }

  /** An empty one; the last one, when it has been given back. */
  takeUndoLog(): UndoLog {
    const log = this.#undoLog ?? new UndoLog();
    this.#undoLog = undefined;
    return log;
  }

  returnUndoLog(log: UndoLog): void {
    log.clear();
    this.#undoLog = log;
  }

  /** Nodes that the guardian knows. */
  get attachedCount(): number {
    return this.#attachedCount;
  }

  /** Before a mutation does anything. */
  begin(): void {
    if (this.#isMidway) this.#startOver();
    this.#isMidway = true;
  }

  /** After the last thing that it does. */
  end(): void {
    this.#isMidway = false;
    if (this.#isTornApart) this.#startOver();
  }

  /**
   * For a guardian that does not know it: the whole state, as it now is. Between two mutations. `onBegin`: called before
   * the first record of it.
   */
  tellAnew(onBegin: () => void): void {
    this.begin();
    this.#startOver(onBegin);
    this.end();
  }

  /** `node[key] = value`; returns what the slot has to hold. */
  adoptProperty(node: TrackedNode, key: string | symbol, value: unknown): unknown {
    const buffer = this.#begin();
    const head = this.#writeSlot(buffer, Operation.setProperty, node.id, key);
    return this.#adoptOne(buffer, head, node, key, value);
  }

  /** A property with something switched off (`Attribute`). */
  adoptDefinition(node: TrackedNode, key: string | symbol, attributes: number, value: unknown): unknown {
    const buffer = this.#begin();
    const keyId = this.#keyId(key);
    buffer.push(node.id);
    buffer.push(attributes);
    if (keyId === INLINE_KEY) buffer.pushKey(key);
    return this.#adoptOne(buffer, Operation.defineProperty | (keyId << KEY_SHIFT), node, key, value);
  }

  /** `list[index] = value`. */
  adoptElement(node: ArrayNode, index: number, value: unknown): unknown {
    const buffer = this.#begin();
    buffer.push(node.id);
    buffer.push(index);
    return this.#adoptOne(buffer, Operation.setElement, node, index, value);
  }

  /** `list.push(value)`. */
  adoptPush(node: ArrayNode, value: unknown): unknown {
    return this.#adoptOperand(node, Operation.push, node.length, value);
  }

  /** Items of any kind in the place of a range that exists; returns what the slots have to hold. */
  adoptSplice(node: ArrayNode, start: number, deleteCount: number, items: readonly unknown[]): unknown[] {
    const buffer = this.#begin();
    buffer.words[0] = Operation.splice;
    for (const word of [node.id, start, deleteCount, items.length]) buffer.push(word);
    return this.#adoptItems(buffer, node, start, items);
  }

  /**
   * Copies of items that are about to be assigned one by one, so that what occurs twice among them is one value
   * then. Not part of the state yet.
   */
  copyIn(node: ArrayNode, start: number, items: readonly unknown[]): unknown[] {
    const buffer = this.#begin();
    const copies = this.#adoptItems(buffer, node, start, items, false);
    this.#giveBack(buffer);
    return copies;
  }

  /** Items and holes over as many elements; returns what the slots have to hold. */
  adoptElements(node: ArrayNode, start: number, items: readonly unknown[]): unknown[] {
    const buffer = this.#begin();
    buffer.words[0] = Operation.assignElements;
    for (const word of [node.id, start, items.length]) buffer.push(word);
    return this.#adoptItems(buffer, node, start, items);
  }

  /** One value for all elements of a range. */
  adoptFill(node: ArrayNode, from: number, to: number, value: unknown): unknown {
    const buffer = this.#begin();
    for (const word of [node.id, from, to]) buffer.push(word);
    const stored = this.#adoptOne(buffer, Operation.fill, node, from, value);
    const filled = node.id !== 0 && isObject(stored) ? nodeOf(stored) : undefined;
    if (filled !== undefined) filled.references += to - from - 1;
    return stored;
  }

  /** `map.set(key, value)`; returns what the entry has to hold. */
  adoptEntry(node: TrackedNode, key: unknown, value: unknown): [key: unknown, value: unknown] {
    const buffer = this.#begin();
    buffer.push(node.id);
    const stored: [unknown, unknown] = [undefined, undefined];
    this.#adopt(buffer, node, new MapSlot(key), (adoption) => {
      adoption.writeElement(new MapKeySlot(), key);
      stored[0] = adoption.stored;
      adoption.key = new MapSlot(key);
      const tag = adoption.write(value);
      buffer.words[0] = Operation.mapSet | (tag << TAG_SHIFT);
      stored[1] = adoption.stored;
    });
    return stored;
  }

  /** `set.add(value)`. */
  adoptMember(node: TrackedNode, value: unknown): unknown {
    return this.#adoptOperand(node, Operation.setAdd, new MemberSlot(), value);
  }

  /** What there is to know of a custom value. */
  adoptContent(node: TrackedNode, value: unknown): unknown {
    return this.#adoptOperand(node, Operation.setContent, new ContentSlot(), value);
  }

  /** The entry with this key, or this member, leaves a Map or Set. */
  appendDeletedEntry(nodeId: number, key: unknown): void {
    if (isPrimitive(key)) {
      this.journal.appendDeletedEntry(nodeId, key);
      return;
    }
    const buffer = this.#begin();
    buffer.push(nodeId);
    let tag: number;
    if (isObject(key)) {
      buffer.push((nodeOf(key) as TrackedNode).id);
      tag = Tag.reference;
    } else tag = writeSimple(buffer, key as symbol);
    buffer.words[0] = Operation.deleteEntry | (tag << TAG_SHIFT);
    this.#append(buffer);
  }

  appendDelete(nodeId: number, key: string | symbol): void {
    const buffer = this.#begin();
    buffer.words[0] = this.#writeSlot(buffer, Operation.deleteProperty, nodeId, key);
    this.#append(buffer);
  }

  appendReverse(nodeId: number): void {
    this.#appendWords(Operation.reverse, nodeId);
  }

  appendShift(nodeId: number): void {
    this.#appendWords(Operation.splice, nodeId, 0, 1, 0);
  }

  appendPreventExtensions(nodeId: number): void {
    this.#appendWords(Operation.preventExtensions, nodeId);
  }

  appendLength(nodeId: number, length: number): void {
    this.#appendWords(Operation.setLength, nodeId, length);
  }

  appendCopyWithin(nodeId: number, to: number, from: number, end: number): void {
    this.#appendWords(Operation.copyWithin, nodeId, to, from, end);
  }

  /** Of a Map or Set. */
  appendClear(nodeId: number): void {
    this.#appendWords(Operation.clear, nodeId);
  }

  /** Of a Date, in milliseconds since 1970; NaN for an invalid one. */
  appendTime(nodeId: number, time: number): void {
    const buffer = this.#begin();
    buffer.words[0] = Operation.setTime;
    buffer.push(nodeId);
    buffer.pushFloat(time);
    this.#append(buffer);
  }

  /** Of a URL or URLSearchParams: all that it is. */
  appendText(nodeId: number, text: string): void {
    const buffer = this.#begin();
    buffer.words[0] = Operation.setText;
    buffer.push(nodeId);
    buffer.pushText(text);
    this.#append(buffer);
  }

  /** Of a resizable ArrayBuffer: its length, and where its bytes are. */
  appendBufferSize(nodeId: number, sizeBytes: number, writeStorage: (buffer: WordBuffer) => void): void {
    const buffer = this.#begin();
    buffer.words[0] = Operation.resizeBuffer;
    buffer.push(nodeId);
    buffer.pushFloat(sizeBytes);
    writeStorage(buffer);
    this.#append(buffer);
  }

  /** An exception that nothing has handled: what the crash will be told to have been. */
  appendException(name: string, message: string, stack: string): void {
    this.begin();
    const buffer = this.#begin();
    buffer.words[0] = Operation.exception;
    for (const text of [name, message, stack]) buffer.pushText(text);
    this.#append(buffer);
    this.end();
  }

  appendExceptionHandled(): void {
    this.begin();
    const buffer = this.#begin();
    buffer.words[0] = Operation.exceptionHandled;
    this.#append(buffer);
    this.end();
  }

  /** A slot of an attached node has let go of this value: frees every node that nothing holds any more. */
  release(value: object): void {
    const first = nodeOf(value);
    if (first === undefined || first.id === 0) return;
    if (--first.references > 0) this.#suspects++;
    else this.#free([first]);
    if (this.#suspects > SUSPECTS_MIN && this.#suspects > this.#attachedCount / 4) this.#freeCycles();
  }

  releaseAll(values: readonly unknown[]): void {
    for (const value of values) if (isObject(value)) this.release(value);
  }

  /** Further slots of attached nodes hold these values. */
  retainAll(values: readonly unknown[]): void {
    for (const value of values) {
      const node = isObject(value) ? nodeOf(value) : undefined;
      if (node !== undefined) node.references++;
    }
  }

  /** True for a value that is guarded by this graph. */
  owns(value: object): boolean {
    return nodeOf(value)?.graph === this;
  }

  /** At no moment has a node an id under which it is not listed: `#startOver` takes all of them back. */
  takeId(node: TrackedNode): void {
    const id = this.#freedIds.pop() ?? this.#attached.length;
    this.#attached[id] = node;
    node.id = id;
    this.#attachedCount++;
  }

  returnId(node: TrackedNode): void {
    const { id } = node;
    if (id === 0) return;
    node.id = 0;
    this.#attached[id] = undefined;
    this.#attachedCount--;
    this.#freedIds.push(id);
    node.detached();
  }

  /** Nodes that nothing holds, and those that nothing but these has held. */
  #free(freed: TrackedNode[]): void {
    const buffer = this.#begin();
    buffer.words[0] = Operation.freeNodes;
    buffer.push(0);
    // The list grows while it is walked.
    for (const node of freed) {
      buffer.push(node.id);
      this.returnId(node);
      forEachChild(node, (child) => {
        if (--child.references === 0) freed.push(child);
        else if (child.id !== 0) this.#suspects++;
      });
    }
    buffer.words[1] = freed.length;
    this.#append(buffer);
  }

  #freeCycles(): void {
    this.#suspects = 0;
    const unreachable = findUnreachable(this.root as TrackedNode, this.#attached);
    if (unreachable.length === 0) return;
    // They are all freed here: no count that they have on each other may free one again.
    for (const node of unreachable) node.references = Infinity;
    this.#free(unreachable);
    for (const node of unreachable) node.references = 0;
  }

  /**
   * The last mutation was cut off, so the guardian may know more or less than happened here, and counts may be
   * off. Tells it the whole state anew, as it now is; should that be cut off as well, the next one does it.
   */
  #startOver(onBegin?: () => void): void {
    this.#restarts++;
    this.#isTornApart = false;
    this.journal.startOver();
    onBegin?.();
    for (const node of this.#attached) {
      if (node === undefined) continue;
      node.snapshot?.distrust();
      node.id = 0;
      node.references = 0;
    }
    this.#attached.length = 1;
    this.#freedIds.length = 0;
    this.#attachedCount = 0;
    this.#suspects = 0;
    if (this.root !== undefined) {
      this.#adoptOne(this.#begin(), Operation.setRoot, undefined, '', this.root.proxy);
    }
    // The end of a transaction may have been cut off, or the journal has stopped in one: what there is of it counts together
    // with the state as it is now.
    if (this.undo === undefined) this.journal.commit();
  }

  refusal(node: TrackedNode, key: SlotKey | undefined, reason: string): UnguardableValueError {
    return new UnguardableValueError(formatSlot(node, key), reason);
  }

  /** An empty payload with room for its first word. */
  #begin(): WordBuffer {
    this.journal.clearKeysIfFull();
    const buffer = this.#buffers.pop() ?? new WordBuffer();
    buffer.length = 1;
    return buffer;
  }

  #append(buffer: WordBuffer): void {
    this.journal.appendPayload(buffer);
    this.#giveBack(buffer);
  }

  #giveBack(buffer: WordBuffer): void {
    buffer.clear();
    this.#buffers.push(buffer);
  }

  #appendAdopted(adoption: Adoption): void {
    const { buffer, isInParts } = adoption;
    if (adoption.isTornApart || (isInParts && !this.journal.arePartsWhole)) this.#isTornApart = true;
    else if (isInParts) this.journal.appendLastPart(buffer);
    else this.journal.appendPayload(buffer);
    this.#giveBack(buffer);
  }

  #appendWords(...words: readonly number[]): void {
    const buffer = this.#begin();
    buffer.words[0] = words[0] as number;
    for (let index = 1; index < words.length; index++) buffer.push(words[index] as number);
    this.#append(buffer);
  }

  #keyId(key: string | symbol): number {
    return this.journal.keys.get(key) ?? this.journal.defineKey(key);
  }

  /** Writes node and key behind the first word, which it returns. */
  #writeSlot(buffer: WordBuffer, operation: number, nodeId: number, key: string | symbol): number {
    const keyId = this.#keyId(key);
    buffer.push(nodeId);
    if (keyId === INLINE_KEY) buffer.pushKey(key);
    return operation | (keyId << KEY_SHIFT);
  }

  /** An operation whose one operand is a value. */
  #adoptOperand(node: TrackedNode, operation: number, slot: SlotKey, value: unknown): unknown {
    const buffer = this.#begin();
    buffer.push(node.id);
    return this.#adoptOne(buffer, operation, node, slot, value);
  }

  #adoptItems(
    buffer: WordBuffer,
    node: ArrayNode,
    start: number,
    items: readonly unknown[],
    attached: boolean = node.id !== 0,
  ): unknown[] {
    const stored: unknown[] = [];
    const write = (adoption: Adoption): void => {
      for (let index = 0; index < items.length; index++) {
        if (!(index in items)) {
          buffer.push(Tag.hole);
          stored.length++;
          continue;
        }
        adoption.writeElement(start + index, items[index]);
        stored.push(adoption.stored);
      }
    };
    this.#adopt(buffer, node, start, write, attached);
    return stored;
  }

  /** One value, whose tag stands in the first word of the payload. */
  #adoptOne(
    buffer: WordBuffer,
    head: number,
    node: TrackedNode | undefined,
    key: SlotKey,
    value: unknown,
    isTakenOver?: (value: object) => boolean,
  ): unknown {
    let stored: unknown;
    const write = (adoption: Adoption): void => {
      const tag = adoption.write(value);
      buffer.words[0] = head | (tag << TAG_SHIFT);
      stored = adoption.stored;
    };
    this.#adopt(buffer, node, key, write, undefined, isTakenOver);
    return stored;
  }

  /** Takes values in and appends the record: all of it, or nothing. No node: the value becomes the root. */
  #adopt(
    buffer: WordBuffer,
    node: TrackedNode | undefined,
    key: SlotKey,
    write: (adoption: Adoption) => void,
    attached: boolean = node === undefined || node.id !== 0,
    isTakenOver?: (value: object) => boolean,
  ): void {
    const adoption = new Adoption(this, buffer, attached, key, isTakenOver);
    const restarts = this.#restarts;
    try {
      write(adoption);
      adoption.writeBodies();
    } catch (error) {
      // Anything else may have come from anywhere. So may a trap of the foreign proxy that is refused here: it
      // has changed the state in the midst of this, and counts and ids are no longer those of this walk.
      this.#isMidway = !(error instanceof Refusal) || this.#restarts !== restarts;
      if (!(error instanceof Refusal)) throw error;
      if (!this.#isMidway) adoption.undo();
      const [slot, ...below] = adoption.keysToRefused();
      const path = node === undefined ? 'state' : formatSlot(node, slot);
      throw new UnguardableValueError(path + formatPath(below), error.reason);
    }
    // Code of the user's (a `serialize`, say) has changed the state meanwhile: ids and keys of this walk mean nothing
    // any more. When the slot holds the value, everything is told anew.
    if (this.#restarts !== restarts) adoption.isTornApart = true;
    if (attached) this.#appendAdopted(adoption);
  }
}
