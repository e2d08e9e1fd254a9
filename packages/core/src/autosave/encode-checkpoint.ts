/**
 * The state as a mirror holds it, as the text of a checkpoint, piece by piece, while the mirror goes on changing.
 *
 * Invariants:
 * 1. The text is of the state at one moment, that of the constructor: a node that is about to change is looked at
 *    before it does (`Mirror.watch`), unless that has been done.
 * 2. Each node is written out once, in the order of the text, and has a number by that order, from 1.
 * 3. It never stands in memory whole, nor does a copy of the state.
 */
import type { Mirror } from '../mirror/mirror.ts';
import {
  type CheckpointHeader,
  DOCUMENT,
  NESTING_MAX,
  type Note,
  type SavedCrash,
  SlotKind,
} from './checkpoint-format.ts';
import { type Annotation, formOf, formOfPrimitive, type NodeForm } from './node-form.ts';
import { SuperjsonMeta } from './superjson-meta.ts';

/** As long as this, a piece is handed on. */
const PIECE_CHARS = 32_768;

/** A node whose contents are being written. */
export interface Frame {
  readonly number: number;
  readonly shape: Exclude<NodeForm['shape'], 'leaf'>;
  readonly keys: readonly string[];
  values: readonly unknown[];
  /** The array that `values` is, as long as it has not changed. */
  readonly live: unknown[] | undefined;
  readonly length: number;
  index: number;
}

/** What stands in `exact.values`: a value, or the contents of a node that has been named elsewhere. */
type Beside =
  | { readonly value: unknown }
  | { readonly form: NodeForm; readonly node: object; readonly number: number };

export interface CheckpointSource {
  readonly mirror: Mirror;
  readonly root: object;
  /** The journal's keys at that moment, by their ids. */
  readonly keys: readonly (string | symbol)[];
  readonly readBytes: (buffer: ArrayBuffer) => Uint8Array;
  /** The app has ended, and this is the last state that it had: how it ended, or null after a clean exit. */
  readonly end?: SavedCrash | null;
  /** Characters of a piece. Default 32,768: some 300 µs of work. */
  readonly pieceChars?: number;
}

export class CheckpointEncoder {
  readonly #source: CheckpointSource;
  readonly #header: CheckpointHeader;
  readonly #ids: ReadonlyMap<object, number>;
  /** By id: the node's number, or 0 as long as it has none. */
  readonly #numbers: Int32Array;
  /** Of all nodes at that moment. */
  readonly #nodeCount: number;
  /** The ids of the nodes, by number. */
  readonly #order: number[] = [];
  /** Of nodes that have changed before their turn: what they were. */
  readonly #before = new Map<object, NodeForm>();
  readonly #frames: Frame[] = [];
  readonly #beside: Beside[] = [];
  readonly #meta: SuperjsonMeta;
  /** The URLs that were written with their parameters. */
  readonly #parts = new Set<number>();
  readonly #slots: string[] = [];
  #slotsPiece = '';
  readonly #keys = new Map<string, string>();
  #isBeside = false;

  /** Numbered mirrors only. Call `beforeChange` from here on, until the last piece has been taken. */
  constructor(source: CheckpointSource, header: CheckpointHeader) {
    this.#source = source;
    this.#header = header;
    this.#ids = source.mirror.ids;
    this.#numbers = new Int32Array(source.mirror.idsEnd);
    this.#nodeCount = this.#ids.size;
    this.#meta = new SuperjsonMeta(this.#frames);
  }

  /** Keeps what the text is to say of a node of the mirror that is about to change. */
  beforeChange(node: object): void {
    const id = this.#ids.get(node);
    const number = id === undefined ? undefined : this.#numbers[id];
    if (number === undefined) return;
    if (number === 0) {
      if (this.#before.has(node)) return;
      const form = this.#formOf(node);
      this.#before.set(node, form.values === node ? { ...form, values: form.values.slice() } : form);
      return;
    }
    if (!Array.isArray(node)) return;
    const frame = this.#frames.find(({ live }) => live === node);
    if (frame !== undefined && frame.values === node) frame.values = node.slice();
  }

  *pieces(): Generator<string, void> {
    yield `{"faultguard":${JSON.stringify(this.#header)},"json":`;
    yield* this.#contents(this.#value(this.#source.root, DOCUMENT, 0));
    yield ',"meta":';
    yield* this.#meta.pieces();
    yield ',"exact":{"values":[';
    this.#isBeside = true;
    if (this.#order.length < this.#nodeCount) this.#addUnreachable();
    // The list grows while it is walked.
    for (let place = 0; place < this.#beside.length; place++) {
      const entry = this.#beside[place] as Beside;
      this.#beside[place] = { value: undefined };
      const text =
        'form' in entry
          ? this.#open(entry.form, entry.number, entry.node)
          : this.#value(entry.value, DOCUMENT, place + 1);
      yield* this.#contents(place === 0 ? text : `,${text}`);
    }
    yield '],"slots":[';
    yield* this.#slots;
    yield `${this.#slotsPiece}],"ids":[`;
    for (let from = 0; from < this.#order.length; from += 4096) {
      yield (from === 0 ? '' : ',') + this.#order.slice(from, from + 4096).join(',');
    }
    yield `],"keys":${JSON.stringify(this.#source.keys.map((key) => (typeof key === 'symbol' ? [Symbol.keyFor(key)] : key)))}`;
    const { end } = this.#source;
    yield end === undefined ? '}}' : `,"end":${JSON.stringify(end)}}}`;
  }

  /**
   * Nodes that only hold each other, until the app notices: records may still name them, and the app may put them back
   * into its state.
   */
  #addUnreachable(): void {
    const { mirror } = this.#source;
    for (const [node, id] of this.#ids) {
      if (this.#numbers[id] === 0 && !mirror.isNew(node)) this.#beside.push({ value: node });
    }
  }

  /** Everything below what `begun` has opened. */
  *#contents(begun: string): Generator<string, void> {
    let piece = begun;
    const frames = this.#frames;
    const { pieceChars = PIECE_CHARS } = this.#source;
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { values, keys, shape, number, length } = frame;
      const index = ++frame.index;
      if (index === length) {
        piece += shape === 'pairs' && length > 0 ? ']]' : CLOSING[shape];
        if (!this.#isBeside) this.#meta.close(frame);
        frames.pop();
        continue;
      }
      if (shape === 'pairs') piece += index % 2 === 1 ? ',' : index === 0 ? '[' : '],[';
      else if (index > 0) piece += ',';
      if (shape === 'object') piece += `${this.#jsonOfKey(keys[index] as string)}:`;
      const value = values[index];
      if (typeof value === 'string') piece += JSON.stringify(value);
      else if (value === undefined && shape === 'array' && !(index in values)) {
        piece += this.#special(SlotKind.hole, 'undefined', number, index, 'null');
      } else piece += this.#value(value, number, index);
      if (piece.length >= pieceChars) {
        yield piece;
        piece = '';
      }
    }
    yield piece;
  }

  /** What stands at a place for a value; a container is opened, and its contents are still to come. */
  #value(value: unknown, container: number, slot: number): string {
    if (typeof value === 'object' && value !== null) return this.#node(value, container, slot);
    const { kind, json, type } = formOfPrimitive(value);
    return kind === undefined ? json : this.#special(kind, type, container, slot, json);
  }

  #special(
    kind: SlotKind,
    type: Annotation | undefined,
    container: number,
    slot: number,
    json: string,
    note?: Note | number,
  ): string {
    const said = note === undefined ? '' : `,${JSON.stringify(note)}`;
    this.#slotsPiece += `${this.#slotsPiece === '' && this.#slots.length === 0 ? '' : ','}[${container},${slot},"${kind}"${said}]`;
    if (this.#slotsPiece.length >= PIECE_CHARS) {
      this.#slots.push(this.#slotsPiece);
      this.#slotsPiece = '';
    }
    if (type !== undefined && !this.#isBeside) this.#meta.annotate(type);
    return json;
  }

  #node(node: object, container: number, slot: number): string {
    const id = this.#ids.get(node);
    if (id === undefined) throw new Error('the state holds an object that is no node of it');
    const before = this.#numbers[id] as number;
    if (before > 0) {
      if (this.#parts.has(before) && node instanceof URL) {
        return this.#special(SlotKind.again, 'URL', container, slot, JSON.stringify(node.href), before);
      }
      if (!this.#isBeside) this.#meta.repeat(before);
      return this.#special(SlotKind.again, undefined, container, slot, 'null', before);
    }
    const form = this.#takeForm(node);
    const number = this.#giveNumber(id);
    const note: Note = { ...form.note };
    for (const { entry, value } of form.hidden) entry[2] = this.#beside.push({ value }) - 1;
    if (form.of !== undefined) this.#describePart(form.of, note);
    const isTooDeep = this.#frames.length >= NESTING_MAX && form.shape !== 'leaf';
    if (isTooDeep) note.contents = this.#beside.push({ form, node, number }) - 1;
    const hasNote = Object.keys(note).length > 0;
    if (hasNote || isTooDeep || (form.kind !== SlotKind.object && form.kind !== SlotKind.array)) {
      this.#special(form.kind, undefined, container, slot, '', hasNote ? note : undefined);
    }
    if (isTooDeep) return 'null';
    if (form.shape === 'leaf') {
      if (form.type !== undefined && !this.#isBeside) this.#meta.annotate(form.type);
      return form.json;
    }
    return this.#open(form, number, node);
  }

  /** The buffer of a view, or the URL of search parameters: it comes with them, unless it has been written before. */
  #describePart(part: object, note: Note): void {
    const id = this.#ids.get(part);
    const number = id === undefined ? 0 : (this.#numbers[id] as number);
    if (part instanceof URL) {
      // One that has left the state is still the URL of these parameters, but nobody can tell.
      if (id === undefined) return;
      if (number > 0) note.of = number;
      else {
        const { note: noteOfUrl, hidden } = this.#takeForm(part);
        for (const { entry, value } of hidden) entry[2] = this.#beside.push({ value }) - 1;
        this.#parts.add(this.#giveNumber(id, true));
        note.of = { href: part.href, ...(noteOfUrl !== undefined && { note: noteOfUrl }) };
      }
    } else if (number > 0) note.buffer = number;
    else {
      if (id === undefined) throw new Error('the state holds a view of a buffer that is no node of it');
      this.#giveNumber(id, true);
      note.buffer = this.#takeForm(part).note as Note;
    }
  }

  /** `isHidden`: it is not to be seen in the JSON. */
  #giveNumber(id: number, isHidden: boolean = this.#isBeside): number {
    const number = this.#order.push(id);
    this.#numbers[id] = number;
    this.#meta.place(number, isHidden);
    return number;
  }

  #open(form: NodeForm, number: number, node: object): string {
    const { shape, keys, values, type } = form;
    if (shape === 'leaf') return form.json;
    const live = values === node ? (node as unknown[]) : undefined;
    const frame: Frame = { number, shape, keys, values, live, length: values.length, index: -1 };
    if (!this.#isBeside) this.#meta.open(frame, type);
    this.#frames.push(frame);
    return OPENING[shape];
  }

  #takeForm(node: object): NodeForm {
    const before = this.#before.get(node);
    if (before === undefined) return this.#formOf(node);
    this.#before.delete(node);
    return before;
  }

  #formOf(node: object): NodeForm {
    return formOf(node, this.#source.mirror, (buffer) => {
      const base64 = this.#before.get(buffer)?.note?.bytes?.base64;
      return base64 === undefined ? this.#source.readBytes(buffer) : Buffer.from(base64, 'base64');
    });
  }

  #jsonOfKey(key: string): string {
    let json = this.#keys.get(key);
    if (json === undefined) {
      json = JSON.stringify(key);
      if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
      this.#keys.set(key, json);
    }
    return json;
  }
}

const OPENING = { array: '[', object: '{', pairs: '[', content: '' } as const;
const CLOSING = { array: ']', object: '}', pairs: ']', content: '' } as const;

/** Keys whose JSON is remembered: an app has few, or one for each entry. */
const KEYS_MAX = 1024;
