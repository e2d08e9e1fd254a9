/**
 * Records of version 2 that check but make no sense: nodes of all kinds, what is done with them, and the files that
 * hold the bytes of buffers. Each is an InvalidRecordError and nothing else, or, at the end, the text of a problem.
 */
// oxlint-disable unicorn/no-useless-spread -- a line for the words that belong together
import { execFileSync } from 'node:child_process';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registerClass, registerCustom } from '../../src/classes/registry.ts';
import {
  Attribute,
  Closed,
  CLOSED_SHIFT,
  ELEMENT_ATTRIBUTES_SHIFT,
  INLINE_KEY,
  NodeFlag,
  NodeKind,
  Operation,
  Part,
  Storage,
  Tag,
  VIEW_TRACKS_LENGTH,
  VIEW_NAMES,
} from '../../src/journal/layout.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { memoryPath, undoPath } from '../../src/journal/segment-files.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { head, replayForged, text, writeForgedSegment } from '../fixtures/forged-journal.ts';
import { FIXED_NONCE, replayFrom } from '../fixtures/journal-ends.ts';
import { makeDirectoryForTest, replayJournal } from '../fixtures/journal-in-directory.ts';
import { succeeds } from '../fixtures/succeeds.ts';

registerCustom(
  {
    isApplicable: (_value): _value is { content: unknown } => false,
    serialize: () => undefined,
    deserialize: (content) => ({ content }),
  },
  'forged.Custom',
);
registerClass(class extends Map {}, 'forged.Map');
registerClass(class extends Date {}, 'forged.Date');
registerClass(class extends URL {}, 'forged.URL');

function float(value: number): number[] {
  return [...new Int32Array(new Float64Array([value]).buffer)];
}

function frozen(kind: number): number {
  return kind | (Closed.frozen << CLOSED_SHIFT);
}

const ids = {
  object: 1,
  array: 2,
  holder: 3,
  map: 4,
  set: 5,
  date: 6,
  regExp: 7,
  error: 8,
  boxed: 9,
  url: 10,
  searchParams: 11,
  arrayBuffer: 12,
  view: 13,
  custom: 14,
  frozenObject: 15,
  frozenArray: 16,
  constantArray: 17,
  pretendedMap: 18,
  pretendedDate: 19,
  pretendedURL: 20,
} as const;
const NEXT_ID = 21;
const ALL_BITS = -1;
const AB = 0;

/** How each of the others is named: an element of the array `holder`. */
const named: readonly (readonly number[])[] = [
  [ids.map, NodeKind.map],
  [ids.set, NodeKind.set],
  [ids.date, NodeKind.date, ...float(1)],
  [ids.regExp, NodeKind.regExp, ...text('a'), ...text('g')],
  [ids.error, NodeKind.error, 0],
  [ids.boxed, NodeKind.boxed, Tag.int32, 1],
  [ids.url, NodeKind.url, ...text('a:b')],
  [ids.searchParams, NodeKind.searchParams, 0, ...text('a=b')],
  [ids.arrayBuffer, NodeKind.arrayBuffer, ...float(8), Storage.inline, 0x0403_0201, 0x0807_0605],
  [ids.view, NodeKind.view, 1, ...float(0), ...float(8), Tag.reference, ids.arrayBuffer],
  [ids.custom, NodeKind.custom, ...text('forged.Custom')],
  [ids.frozenObject, frozen(NodeKind.object)],
  [ids.frozenArray, frozen(NodeKind.array)],
  [ids.constantArray, NodeKind.array],
  [ids.pretendedMap, NodeKind.object | NodeFlag.hasClass, ...text('forged.Map')],
  [ids.pretendedDate, NodeKind.object | NodeFlag.hasClass, ...text('forged.Date')],
  [ids.pretendedURL, NodeKind.object | NodeFlag.hasClass, ...text('forged.URL')],
];

const base: readonly (readonly number[])[] = [
  [head(Operation.defineKey, Tag.latin1, AB), ...text('ab').slice(1)],
  [
    head(Operation.setRoot, Tag.newObject),
    ids.object,
    2,
    head(0, Tag.newArray, AB),
    ids.array,
    head(0, Tag.newArray, INLINE_KEY),
    ...text('all'),
    ids.holder,
    ...[3, Tag.int32, 1, Tag.int32, 2, Tag.int32, 3],
    ...[named.length, ...named.flatMap((words) => [Tag.newNode, ...words])],
    // The map, the set, the custom value, the frozen object, the arrays, and what only pretends.
    ...[1, Tag.int32, 1, Tag.int32, 2],
    ...[1, Tag.int32, 1],
    ...[Tag.int32, 1],
    ...[1, head(0, Tag.int32, AB), 1],
    ...[1, Tag.int32, 1],
    ...[3, Tag.int32, 1, constantElement(Tag.int32), 2, Tag.int32, 3],
    ...[0, 0, 0],
  ],
];

function constantElement(tag: number): number {
  return tag | (Attribute.notWritable << ELEMENT_ATTRIBUTES_SHIFT);
}

/** What has become of a record behind the base. */
function applied(payload: readonly number[]): { isRefused: boolean; isChanged: boolean } {
  const before = describeGraph(replayForged(base).root);
  const { root, failure, payloadCount } = replayForged([...base, payload]);
  const isRefused = failure !== undefined && failure.message !== '' && payloadCount === base.length;
  return { isRefused, isChanged: describeGraph(root) !== before };
}

const refused = { isRefused: true, isChanged: false };

/** A new node, pushed to the array. What it is made of is right behind its kind. */
function pushNode(kind: number, ...behind: readonly number[]): readonly number[] {
  return [head(Operation.push, Tag.newNode), ids.array, NEXT_ID, kind, ...behind];
}

/** What is done, and with which of the nodes that may be. */
const operations: Record<
  string,
  readonly [make: (id: number) => readonly number[], allowed: readonly number[]]
> = {
  defineProperty: [
    (id) => [head(Operation.defineProperty, Tag.null, AB), id, Attribute.notEnumerable],
    without('arrayBuffer', 'view', 'custom', 'frozenObject', 'frozenArray'),
  ],
  setProperty: [
    (id) => [head(Operation.setProperty, Tag.null, AB), id],
    without('arrayBuffer', 'view', 'custom', 'frozenObject', 'frozenArray'),
  ],
  deleteProperty: [
    (id) => [head(Operation.deleteProperty, 0, AB), id],
    without('arrayBuffer', 'view', 'custom', 'frozenObject'),
  ],
  preventExtensions: [
    (id) => [head(Operation.preventExtensions), id],
    without('arrayBuffer', 'view', 'custom'),
  ],
  setElement: [
    (id) => [head(Operation.setElement, Tag.null), id, 0],
    [ids.array, ids.holder, ids.constantArray],
  ],
  push: [(id) => [head(Operation.push, Tag.null), id], [ids.array, ids.holder, ids.constantArray]],
  splice: [(id) => [head(Operation.splice), id, 0, 1, 0], [ids.array, ids.holder]],
  reverse: [(id) => [head(Operation.reverse), id], [ids.array, ids.holder]],
  setLength: [(id) => [head(Operation.setLength), id, 0], [ids.array, ids.holder, ids.constantArray]],
  assignElements: [(id) => [head(Operation.assignElements), id, 0, 1, Tag.hole], [ids.array, ids.holder]],
  fill: [(id) => [head(Operation.fill, Tag.null), id, 0, 1], [ids.array, ids.holder]],
  copyWithin: [(id) => [head(Operation.copyWithin), id, 0, 0, 1], [ids.array, ids.holder]],
  mapSet: [(id) => [head(Operation.mapSet, Tag.null), id, Tag.null], [ids.map]],
  setAdd: [(id) => [head(Operation.setAdd, Tag.null), id], [ids.set]],
  deleteEntry: [(id) => [head(Operation.deleteEntry, Tag.null), id], [ids.map, ids.set]],
  clear: [(id) => [head(Operation.clear), id], [ids.map, ids.set]],
  setTime: [(id) => [head(Operation.setTime), id, 0, 0], [ids.date]],
  setText: [(id) => [head(Operation.setText), id, ...text('c:d')], [ids.url, ids.searchParams]],
  setContent: [(id) => [head(Operation.setContent, Tag.null), id], [ids.custom]],
};

function without(...names: (keyof typeof ids)[]): readonly number[] {
  return Object.entries(ids).flatMap(([name, id]) => (names.includes(name as keyof typeof ids) ? [] : [id]));
}

const DEEP = 60_000;
/** One in the making of the other, as deep as a segment has room for. */
function nested(kind: number): readonly number[] {
  const words = [head(Operation.push, Tag.newNode), ids.array];
  for (let level = 0; level < DEEP; level++) words.push(NEXT_ID + level, kind, Tag.newNode);
  return words;
}

const views = (
  type: number,
  offset: number,
  length: number,
  ...buffer: readonly number[]
): readonly number[] => pushNode(NodeKind.view, type, ...float(offset), ...float(length), ...buffer);
const ofBuffer = [Tag.reference, ids.arrayBuffer];
const buffer = (size: number, ...behind: readonly number[]): readonly number[] =>
  pushNode(NodeKind.arrayBuffer, ...float(size), ...behind);

const resizable = (size: number, most: number, ...behind: readonly number[]): readonly number[] =>
  pushNode(NodeKind.resizableBuffer, ...float(size), ...float(most), ...behind);
const resize = (id: number, size: number, ...behind: readonly number[]): readonly number[] => [
  head(Operation.resizeBuffer),
  id,
  ...float(size),
  ...behind,
];

const nonsense: Record<string, readonly number[]> = {
  'a resizable buffer of more than it can have': resizable(8, 4, Storage.memory, 0, 0),
  'bytes of a resizable buffer of more than it can have': resizable(4, 0, Storage.inline, 0),
  'a resizable buffer of half a byte at most': resizable(0, 0.5, Storage.inline),
  'a resizable buffer without an end': resizable(0, Infinity, Storage.inline),
  'a buffer of one size that is resized': resize(ids.arrayBuffer, 4, Storage.inline, 0),
  'a Map that is resized': resize(ids.map, 0, Storage.inline),
  'no node that is resized': resize(NEXT_ID, 0, Storage.inline),
  'a resize to a negative size': resize(ids.arrayBuffer, -1, Storage.inline),
  'a resize to bytes that are not there': resize(ids.arrayBuffer, 8, Storage.inline, 0),
  'a view of all of a buffer of one size, from behind its end': views(
    1 | VIEW_TRACKS_LENGTH,
    9,
    0,
    ...ofBuffer,
  ),
  'kind 0': pushNode(0),
  'an unknown kind': pushNode(15),
  'the highest kind': pushNode(0xff),
  'a node without its kind': [head(Operation.push, Tag.newNode), ids.array, NEXT_ID],
  'a node with an id that is in use': [
    head(Operation.push, Tag.newNode),
    ids.array,
    ids.map,
    NodeKind.map,
    0,
  ],
  'a Map without a prototype': pushNode(NodeKind.map | NodeFlag.nullPrototype, 0),
  'an array without a prototype': pushNode(NodeKind.array | NodeFlag.nullPrototype, 0),
  'a class whose name is a number': pushNode(NodeKind.object | NodeFlag.hasClass, Tag.int32, 1, 0),
  'a class without a name': pushNode(NodeKind.object | NodeFlag.hasClass),
  'a Map with the class of an object': pushNode(
    NodeKind.map | NodeFlag.hasClass,
    ...text('forged.Date'),
    1,
    1,
    1,
  ),

  'half a time': pushNode(NodeKind.date, 0),
  'an expression that is none': pushNode(NodeKind.regExp, ...text('('), ...text('')),
  'an expression with flags that there are not': pushNode(NodeKind.regExp, ...text('a'), ...text('gg')),
  'an expression without flags': pushNode(NodeKind.regExp, ...text('a')),
  'an unknown type of error': pushNode(NodeKind.error, 8),
  'a negative type of error': pushNode(NodeKind.error, ALL_BITS),
  'a boxed undefined': pushNode(NodeKind.boxed, Tag.undefined),
  'a boxed null': pushNode(NodeKind.boxed, Tag.null),
  'a boxed node': pushNode(NodeKind.boxed, Tag.reference, ids.map),
  'a boxed new node': pushNode(NodeKind.boxed, Tag.newObject, NEXT_ID + 1, 0),
  'boxed in boxed without end': nested(NodeKind.boxed),
  'a URL that is none': pushNode(NodeKind.url, ...text('no')),
  'a URL that is a number': pushNode(NodeKind.url, Tag.int32, 1),
  'parameters of a Map': pushNode(NodeKind.searchParams, Tag.reference, ids.map),
  'parameters of what pretends to be a URL': pushNode(NodeKind.searchParams, Tag.reference, ids.pretendedURL),
  'parameters of a number': pushNode(NodeKind.searchParams, Tag.int32, 1),
  'parameters of themselves': pushNode(NodeKind.searchParams, Tag.reference, NEXT_ID),
  'parameters of a URL with the same id': pushNode(
    NodeKind.searchParams,
    Tag.newNode,
    NEXT_ID,
    NodeKind.url,
    ...text('a:b'),
  ),
  'parameters of parameters without end': nested(NodeKind.searchParams),
  'a custom value without a name': pushNode(NodeKind.custom),
  'a custom value without its content': pushNode(NodeKind.custom, ...text('forged.Custom')),

  'a buffer of a negative size': buffer(-1, Storage.inline),
  'a buffer of a fraction of a byte': buffer(0.5, Storage.inline, 0),
  'a buffer of NaN bytes': buffer(Number.NaN, Storage.inline),
  'a buffer of infinitely many bytes': buffer(Infinity, Storage.memory, 0, 0),
  'a buffer of 2 to the 53 bytes': buffer(2 ** 53, Storage.memory, 0, 0),
  'a buffer of more bytes than there can be': buffer(2 ** 53 - 1, Storage.memory, 0, 0),
  'a buffer of 2 to the 46 bytes': buffer(2 ** 46, Storage.memory, 0, 0),
  'a buffer whose bytes reach past the end': buffer(5, Storage.inline, 0),
  'a buffer of 8 PiB in the record': buffer(2 ** 53 - 1, Storage.inline, 0),
  'a buffer in an unknown storage': buffer(1, 2, 0),
  'a buffer without a file': buffer(1, Storage.memory),
  'an unknown type of view': views(VIEW_NAMES.length, 0, 1, ...ofBuffer),
  'a negative type of view': views(ALL_BITS, 0, 1, ...ofBuffer),
  'a view that ends behind its buffer': views(1, 1, 8, ...ofBuffer),
  'a view that begins behind its buffer': views(1, 9, 0, ...ofBuffer),
  'a Buffer that ends behind its buffer': views(VIEW_NAMES.indexOf('Buffer'), 4, 5, ...ofBuffer),
  'a DataView that ends behind its buffer': views(VIEW_NAMES.indexOf('DataView'), 4, 5, ...ofBuffer),
  'a view that is not aligned': views(VIEW_NAMES.indexOf('Float32Array'), 2, 1, ...ofBuffer),
  'a view with a negative offset': views(1, -1, 1, ...ofBuffer),
  'a view with a fraction as its offset': views(1, 0.5, 1, ...ofBuffer),
  'a view with NaN as its offset': views(1, Number.NaN, 1, ...ofBuffer),
  'a view with NaN as its length': views(VIEW_NAMES.indexOf('Buffer'), 0, Number.NaN, ...ofBuffer),
  'a view with a negative length': views(VIEW_NAMES.indexOf('Buffer'), 0, -1, ...ofBuffer),
  'a view of 8 Pi elements': views(1, 0, 2 ** 53 - 1, ...ofBuffer),
  'a view of a Map': views(1, 0, 1, Tag.reference, ids.map),
  'a view of a view': views(1, 0, 1, Tag.reference, ids.view),
  'a view of a new Map': views(1, 0, 0, Tag.newNode, NEXT_ID + 1, NodeKind.map, 0),
  'a view of a number': views(1, 0, 1, Tag.int32, 1),
  'a view of itself': views(1, 0, 0, Tag.reference, NEXT_ID),
  // Node 22 seals views.
  ...(succeeds(() => Object.seal(new Uint8Array(1)))
    ? {}
    : {
        'a sealed view': [
          ...pushNode(NodeKind.view | (Closed.sealed << CLOSED_SHIFT), 1, ...float(0), ...float(8)),
          ...ofBuffer,
        ],
      }),
  'a view with properties': [
    ...pushNode(NodeKind.view | NodeFlag.hasProperties, 1, ...float(0), ...float(8), ...ofBuffer),
    ...[1, head(0, Tag.null, AB)],
  ],

  'a hole as a value': [head(Operation.push, Tag.hole), ids.array],
  'a hole as an item of a splice': [head(Operation.splice), ids.array, 0, 0, 1, Tag.hole],
  'a hole as a key of a Map': pushNode(NodeKind.map, 1, Tag.hole, Tag.null),
  'a hole as a property': pushNode(NodeKind.object, 1, head(0, Tag.hole, AB)),
  'a symbol without its key': [head(Operation.push, Tag.symbol), ids.array],
  'a symbol whose key is a number': [head(Operation.push, Tag.symbol), ids.array, Tag.int32, 1],
  'a symbol key that is a number': [head(Operation.defineKey, Tag.symbol, 1), Tag.int32, 1],
  'an inline symbol key that is a symbol': [
    head(Operation.setProperty, Tag.null, INLINE_KEY),
    ids.object,
    Tag.symbol,
    Tag.symbol,
    ...text('a'),
  ],

  'a Map with more entries than words': pushNode(NodeKind.map, ALL_BITS, Tag.null),
  'a Map whose last value is missing': pushNode(NodeKind.map, 1, Tag.null),
  'a Set with more members than words': pushNode(NodeKind.set, ALL_BITS, Tag.null),
  'a sparse array without its count': pushNode(NodeKind.array | NodeFlag.sparse, 10),
  'a sparse array with more elements than words': pushNode(NodeKind.array | NodeFlag.sparse, 10, ALL_BITS, 0),
  'a sparse array with an element behind its end': pushNode(
    NodeKind.array | NodeFlag.sparse,
    10,
    1,
    10,
    Tag.null,
  ),
  'a sparse array with the highest index': pushNode(
    NodeKind.array | NodeFlag.sparse,
    ALL_BITS,
    1,
    ALL_BITS,
    Tag.null,
  ),
  'a sparse array with a constant element twice': pushNode(
    NodeKind.array | NodeFlag.sparse,
    100,
    2,
    1,
    constantElement(Tag.null),
    1,
    Tag.true,
  ),
  'an array whose length is a text': [
    ...pushNode(NodeKind.array | NodeFlag.hasProperties, 0),
    ...[1, head(Attribute.notWritable, Tag.latin1, INLINE_KEY), ...text('length'), ...text('a').slice(1)],
  ],
  'an array whose length is negative': [
    head(Operation.setProperty, Tag.int32, INLINE_KEY),
    ids.array,
    ...text('length'),
    ALL_BITS,
  ],
  'an array whose length becomes configurable': [
    head(Operation.defineProperty, Tag.int32, INLINE_KEY),
    ids.array,
    Attribute.notEnumerable,
    ...text('length'),
    3,
  ],
  'a property that is constant and comes twice': pushNode(
    NodeKind.object,
    2,
    head(Attribute.notWritable | Attribute.notConfigurable, Tag.null, AB),
    head(0, Tag.true, AB),
  ),

  'the highest element': [head(Operation.setElement, Tag.null), ids.array, ALL_BITS],
  'a constant element': [head(Operation.setElement, Tag.null), ids.constantArray, 1],
  'elements behind the highest': [head(Operation.assignElements), ids.array, -2, 2, Tag.null, Tag.null],
  'more elements than words': [head(Operation.assignElements), ids.array, 0, ALL_BITS, Tag.hole],
  'a fill that ends behind the end': [head(Operation.fill, Tag.null), ids.array, 0, 4],
  'a fill that ends before it begins': [head(Operation.fill, Tag.null), ids.array, 2, 1],
  'a copy from behind the end': [head(Operation.copyWithin), ids.array, 0, 1, 4],
  'a copy to behind the end': [head(Operation.copyWithin), ids.array, 2, 0, 2],
  'a copy that ends before it begins': [head(Operation.copyWithin), ids.array, 0, 2, 1],
  'half a new time': [head(Operation.setTime), ids.date, 0],
  'a new URL that is none': [head(Operation.setText), ids.url, ...text('no')],
  'an entry without a key': [head(Operation.mapSet, Tag.null), ids.map],
  'an entry whose value is missing': [head(Operation.mapSet, Tag.int32), ids.map, Tag.null],
};

describe('a forged record of version 2', () => {
  it('stands behind a journal that does make sense', () => {
    const { root, failure } = replayForged(base);
    expect(failure).toBeUndefined();
    expect(root).toMatchObject({ ab: [1, 2, 3], all: { length: named.length } });
  });

  it.each(Object.entries(operations))(
    'is refused for every node of another kind: %s',
    (_, [make, allowed]) => {
      for (const [name, id] of Object.entries(ids)) {
        const isRefused = !allowed.includes(id);
        expect({ name, ...applied(make(id)) }).toMatchObject(
          isRefused ? { name, ...refused } : { name, isRefused },
        );
      }
    },
  );

  it.each(Object.entries(operations))(
    'is refused when a word is left over or missing: %s',
    (_, [make, allowed]) => {
      const payload = make(allowed.at(-1) as number);
      expect(applied([...payload, 0])).toEqual(refused);
      expect(applied(payload.slice(0, -1))).toEqual(refused);
    },
  );

  it.each(Object.entries(nonsense))('is refused and changes nothing: %s', (_, payload) => {
    expect(applied(payload)).toEqual(refused);
  });

  it('is refused as well when it comes in parts', () => {
    const [first = 0, ...rest] = nonsense['a view of itself'] as number[];
    const { failure } = replayForged([
      ...base,
      { payload: [first], part: Part.first },
      { payload: rest.slice(0, 3), part: Part.middle },
      { payload: rest.slice(3), part: Part.last },
    ]);
    expect(failure).toBeDefined();
  });

  it('cannot have billions of elements filled', () => {
    const { failure, root } = replayForged([
      ...base,
      [head(Operation.setLength), ids.array, ALL_BITS],
      [head(Operation.fill, Tag.null), ids.array, 0, ALL_BITS],
    ]);
    expect(failure?.message).toMatch(/cannot be filled/);
    expect((root as { ab: unknown[] }).ab.length).toBe(2 ** 32 - 1);
  });

  it('cannot make an array longer than the longest', () => {
    const longest = [head(Operation.setLength), ids.array, ALL_BITS];
    const { failure } = replayForged([...base, longest, [head(Operation.push, Tag.null), ids.array]]);
    expect(failure).toBeDefined();
  });

  it('takes no memory for what it says', () => {
    const before = process.memoryUsage.rss();
    for (const payload of Object.values(nonsense)) replayForged([...base, payload]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(512 * 1024 * 1024);
  });

  it('leaves the bytes of buffers readable when it is a new root', () => {
    const directory = makeDirectoryForTest();
    writeFileSync(memoryPath(directory, 0), Buffer.from([1, 2, 3, 4]));
    writeForgedSegment(directory, 0, [
      ...base,
      buffer(4, Storage.memory, 0, 0),
      [head(Operation.setRoot, Tag.null)],
    ]);
    const { root, failure } = replayJournal(directory);
    expect(failure).toBeDefined();
    const pushed = (root as { ab: unknown[] }).ab[3] as ArrayBuffer;
    expect([...new Uint8Array(pushed)]).toEqual([1, 2, 3, 4]);
  });

  it('cannot reach a prototype through a class, a key or an entry', () => {
    const keys = ['__proto__', 'constructor', 'toString'];
    for (const key of keys) {
      const { failure, root } = replayForged([
        ...base,
        [head(Operation.defineProperty, Tag.null, INLINE_KEY), ids.object, 0, ...text(key)],
        [
          head(Operation.defineProperty, Tag.null, INLINE_KEY),
          ids.map,
          Attribute.notEnumerable,
          ...text(key),
        ],
        [head(Operation.setProperty, Tag.null, INLINE_KEY), ids.pretendedDate, ...text(key)],
      ]);
      expect(failure).toBeUndefined();
      expect(Object.hasOwn(root as object, key)).toBe(true);
      expect(Object.getPrototypeOf(root)).toBe(Object.prototype);
    }
    expect(Object.hasOwn(Map.prototype, 'ab')).toBe(false);
    expect(typeof {}.toString).toBe('function');
  });
});

describe('the file of a buffer', () => {
  const SIZE = 4;
  const OFFSET = 8;

  /** Two buffers in file 7, one behind the other. */
  function replayWithMemory(prepare: (path: string, directory: string) => void, isUndone = false): string[] {
    const directory = makeDirectoryForTest();
    prepare(memoryPath(directory, 7), directory);
    writeForgedSegment(directory, 0, [
      ...base,
      [
        ...[head(Operation.splice), ids.array, 0, 3, 2],
        ...[Tag.newNode, NEXT_ID, NodeKind.arrayBuffer, ...float(SIZE), Storage.memory, 7, OFFSET],
        ...[Tag.newNode, NEXT_ID + 1, NodeKind.arrayBuffer, ...float(SIZE), Storage.memory, 7, OFFSET + SIZE],
      ],
    ]);
    const reader = new JournalReader({ ...FIXED_NONCE, directory });
    try {
      const { mirror, failure } = replayFrom(reader);
      expect(failure).toBeUndefined();
      const problems = mirror.finish(directory, isUndone);
      for (const [index, bytes] of (mirror.root as { ab: ArrayBuffer[] }).ab.entries()) {
        problems.push(`${index}: ${Buffer.from(bytes).toString('hex')}`);
      }
      return problems;
    } finally {
      reader.close();
    }
  }

  const content = Buffer.from('0000000000000000aaaaaaaabbbbbbbb', 'hex');
  const read = ['0: aaaaaaaa', '1: bbbbbbbb'];
  const zeros = ['0: 00000000', '1: 00000000'];

  it('is read where the record says', () => {
    expect(replayWithMemory((path) => writeFileSync(path, content))).toEqual(read);
  });

  it.each<[string, RegExp, (path: string, directory: string) => void]>([
    ['is missing', /ENOENT/, () => {}],
    ['is empty', /is not a file of at least 1[26] bytes/, (path) => writeFileSync(path, '')],
    [
      'is too short',
      /is not a file of at least 1[26] bytes/,
      (path) => writeFileSync(path, content.subarray(0, 11)),
    ],
    [
      'is a symbolic link',
      /ELOOP/,
      (path, directory) => {
        writeFileSync(join(directory, 'elsewhere'), content);
        symlinkSync(join(directory, 'elsewhere'), path);
      },
    ],
    ['is a pipe', /is not a file/, (path) => void execFileSync('mkfifo', [path])],
    ['is a directory', /is not a file|EISDIR/, (path) => void execFileSync('mkdir', [path])],
    [
      'has another number',
      /ENOENT/,
      (path, directory) => {
        writeFileSync(path, content);
        renameSync(path, memoryPath(directory, 8));
      },
    ],
  ])('gives zeros and a text when it %s', (_, problem, prepare) => {
    const [text, ...bytes] = replayWithMemory(prepare);
    expect(text).toMatch(problem);
    expect(text).toMatch(/^The bytes of 2 ArrayBuffers .*They are all zeros, or/);
    expect(bytes).toEqual(zeros);
  });

  it('gives zeros, not half of the bytes, for a buffer in which it ends', () => {
    const [problem, ...bytes] = replayWithMemory((path) => {
      writeFileSync(path, content.subarray(0, OFFSET + SIZE + 2));
    });
    expect(problem).toMatch(/its file ends after 14 bytes/);
    expect(bytes).toEqual(['0: aaaaaaaa', '1: 00000000']);
  });

  it('is the one from before the transaction when one was open', () => {
    for (const isUndone of [true, false]) {
      const found = replayWithMemory((path, directory) => {
        writeFileSync(path, Buffer.alloc(16, 0xff));
        writeFileSync(undoPath(directory, 7), content);
      }, isUndone);
      expect(found).toEqual(isUndone ? read : ['0: ffffffff', '1: ffffffff']);
    }
    expect(replayWithMemory((path) => writeFileSync(path, content), true)).toEqual(read);
  });

  it('takes no memory when there is none behind a large one', () => {
    const directory = makeDirectoryForTest();
    writeForgedSegment(directory, 0, [...base, buffer(2 ** 33, Storage.memory, 7, 0)]);
    const reader = new JournalReader({ ...FIXED_NONCE, directory });
    const before = process.memoryUsage.rss();
    const { mirror, failure } = replayFrom(reader);
    // Where so much cannot be promised, it is refused at once.
    const texts = failure === undefined ? mirror.finish(directory, false) : [failure.message];
    expect(texts).toEqual([expect.stringMatching(/ENOENT|cannot be made/)]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 * 1024);
    reader.close();
  });
});
