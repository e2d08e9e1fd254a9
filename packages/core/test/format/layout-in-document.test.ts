/** docs/format/journal.md and layout.ts say the same numbers, and its hex dump is a golden file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as layout from '../../src/journal/layout.ts';

const document = readFileSync(new URL('../../../../docs/format/journal.md', import.meta.url), 'utf8');

type Row = Readonly<Record<string, string>>;

/** The rows of the first table under a heading, by the names of its columns. */
function tableUnder(heading: string): Row[] {
  const lines = document.split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (from < 0) throw new Error(`The document has no heading "${heading}".`);
  const begin = lines.findIndex((line, index) => index > from && line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > begin && !line.startsWith('|'));
  const [names = [], , ...rows] = lines.slice(begin, end).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])));
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function namedNumbers(heading: string, column: string): Record<string, number> {
  const named = tableUnder(heading).filter(({ name }) => name !== '');
  return Object.fromEntries(named.map((row) => [row['name'] as string, Number(row[column])]));
}

function numbered(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, index]));
}

function inBytes(wordOffsets: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(wordOffsets).map(([name, words]) => [name, words * layout.WORD_BYTES]),
  );
}

describe('docs/format/journal.md', () => {
  it('names every constant of the layout with its value, and no other', () => {
    const constants = Object.entries(layout).filter(([, value]) => typeof value === 'number');
    expect(namedNumbers('Constants', 'value')).toEqual(Object.fromEntries(constants));
  });

  it('has a table for every list of the layout', () => {
    const lists = Object.entries(layout).filter(([, value]) => typeof value !== 'number');
    expect(lists.map(([name]) => name).sort()).toEqual([
      'Attribute',
      'Closed',
      'Control',
      'ERROR_NAMES',
      'NodeFlag',
      'NodeKind',
      'Operation',
      'Part',
      'SegmentHeader',
      'Storage',
      'Tag',
      'VIEW_NAMES',
    ]);
  });

  it('has the control file as it is laid out', () => {
    expect(namedNumbers('Control file', 'offset')).toEqual(inBytes(layout.Control));
  });

  it('has the header of a segment as it is laid out', () => {
    expect(namedNumbers('Segment header', 'offset')).toEqual(inBytes(layout.SegmentHeader));
  });

  it.each([
    ['Control file', layout.CONTROL_BYTES],
    ['Segment header', layout.SEGMENT_HEADER_WORDS * layout.WORD_BYTES],
  ])('accounts for every byte of the table "%s"', (heading, bytes) => {
    let end = 0;
    for (const row of tableUnder(heading)) {
      expect(row).toMatchObject({ offset: String(end) });
      end += Number(row['bytes']);
    }
    expect(end).toBe(bytes);
  });

  it('has the operations, tags and parts with their numbers', () => {
    expect(namedNumbers('Operations', 'value')).toEqual(layout.Operation);
    expect(namedNumbers('Tags', 'value')).toEqual(layout.Tag);
    expect(namedNumbers('Parts', 'value')).toEqual(layout.Part);
  });

  it('has what nodes are, with the numbers', () => {
    expect(namedNumbers('Node kinds', 'value')).toEqual(layout.NodeKind);
    expect(namedNumbers('Node flags', 'value')).toEqual(layout.NodeFlag);
    expect(namedNumbers('Levels of closing', 'value')).toEqual(layout.Closed);
    expect(namedNumbers('Attributes of properties', 'value')).toEqual(layout.Attribute);
    expect(namedNumbers('Storage', 'value')).toEqual(layout.Storage);
  });

  it('has the types of errors and views in their order', () => {
    expect(namedNumbers('Types of errors', 'value')).toEqual(numbered(layout.ERROR_NAMES));
    expect(namedNumbers('Types of views', 'value')).toEqual(numbered(layout.VIEW_NAMES));
  });

  it('has the sizes of the files', () => {
    const files = tableUnder('The files of a session').filter(
      ({ file }) => !/memory-|undo-/.test(file ?? ''),
    );
    const sizes = files.map(({ bytes }) =>
      Number((bytes as string).replace(' each', '').replaceAll(',', '')),
    );
    expect(sizes).toEqual([layout.CONTROL_BYTES, layout.SEGMENT_BYTES, layout.SEGMENT_BYTES]);
  });

  it('says how long a record can be', () => {
    const record = tableUnder('Limits').find(({ what }) => what === 'record');
    const words = layout.SEGMENT_LIMIT_WORDS - layout.SEGMENT_HEADER_WORDS;
    expect(record?.['limit']).toContain(`${words.toLocaleString('en')} words`);
  });

  it('has the golden file of its example as a hex dump', () => {
    const dump = /```hex\n(?<dump>[^`]*)```/.exec(document)?.groups?.['dump'] ?? '';
    const bytes: number[] = [];
    for (const line of dump.trimEnd().split('\n')) {
      const [, offset = '', hex = ''] = /^([\da-f]{8}) ((?: [\da-f]{2})+)/.exec(line) ?? [];
      expect({ line, offset: Number.parseInt(offset, 16) }).toEqual({ line, offset: bytes.length });
      bytes.push(
        ...hex
          .trim()
          .split(' ')
          .map((byte) => Number.parseInt(byte, 16)),
      );
    }
    const golden = readFileSync(new URL('golden/v2/worked-example-0.journal', import.meta.url));
    expect(Buffer.from(bytes).toString('hex')).toBe(golden.toString('hex'));
  });

  it('links only to headings that it has', () => {
    const anchors = document
      .split('\n')
      .filter((line) => /^#+ /.test(line))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
    for (const [, anchor] of document.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
  });
});
