import { join } from 'node:path';
import { describeCheckpoint } from '../checkpoints.ts';
import { numberOf, runChild } from '../child-process.ts';
import { inDiskDirectory } from '../disk-directory.ts';
import { formatMegabytes, formatNumber } from '../report.ts';
import type { RowKind } from '../row-kinds.ts';
import { ROW_BYTES } from '../rows.ts';
import type { Question } from './question.ts';

const AUTOSAVE = new URL('../processes/left-checkpoint.ts', import.meta.url);
const OTHER = new URL('../processes/packed-file.ts', import.meta.url);
/** The hardest preset takes a second for a megabyte or two. */
const ROWS = 20e6 / ROW_BYTES;
const KINDS: Readonly<Record<RowKind, string>> = { uniform: 'uniform', varied: 'varied text' };
const OTHERS = ['JSON', 'gzip', 'zstd'] as const;
const PRESETS = [0, 1, 6] as const;
const BASE = 'JSON';
const TIMEOUT_MS = 180_000;

interface FileFigures {
  readonly sizeBytes: number;
  readonly ms: number;
}

export const fileSize: Question = {
  name: 'file-size',
  async ask() {
    const measured = new Map<string, FileFigures>();
    const kinds = Object.keys(KINDS) as RowKind[];
    for (const kind of kinds) {
      for (const how of OTHERS) measured.set(`${kind}, ${how}`, await packOtherwise(kind, how));
      for (const preset of PRESETS) {
        measured.set(`${kind}, preset ${preset}`, await packAutosave(kind, preset));
      }
    }
    return {
      question: 'How large is the file?',
      method: [
        `One state of about 20 MB of JSON, ${ROWS.toLocaleString('en-US')} objects of five properties, once ` +
          'as everywhere here (uniform: numbers in a row and much padding) and once with texts of words and ' +
          'unordered numbers. One run each. Seconds until it is on the disk, synced; compression of others at ' +
          'its default level, in the process that has the state, which does nothing else meanwhile. An autosave ' +
          'is written by the guardian: its seconds are those of the checkpoint, which the app does not wait for.',
      ],
      table: {
        columns: ['state', 'file', 'MB', '% of JSON', 'seconds', 'app waits'],
        rows: kinds.flatMap((kind) =>
          [...OTHERS, ...PRESETS.map((preset) => `preset ${preset}`)].map((how) => {
            const { sizeBytes, ms } = measured.get(`${kind}, ${how}`) as FileFigures;
            const base = (measured.get(`${kind}, ${BASE}`) as FileFigures).sizeBytes;
            const isAutosave = how.startsWith('preset');
            return [
              KINDS[kind],
              isAutosave ? `autosave, ${how}` : how,
              formatMegabytes(sizeBytes),
              formatNumber((100 * sizeBytes) / base),
              formatNumber(ms / 1000),
              isAutosave ? 'no' : 'yes',
            ];
          }),
        ),
      },
      plots: [
        {
          kind: 'bars',
          name: 'file-size',
          title: 'Size of the file: % of the JSON',
          labels: ['state', 'file'],
          values: ['% of JSON'],
          unit: '%',
        },
      ],
      targets: [],
      figures: Object.fromEntries(measured),
    };
  },
};

async function packOtherwise(kind: RowKind, how: (typeof OTHERS)[number]): Promise<FileFigures> {
  return await inDiskDirectory(async (directory) => {
    const args = [join(directory, 'state'), ROWS, kind, how];
    const facts = await runChild(OTHER, { args, timeoutMs: TIMEOUT_MS });
    return { sizeBytes: numberOf(facts, 'sizeBytes'), ms: numberOf(facts, 'ms') };
  });
}

async function packAutosave(kind: RowKind, preset: number): Promise<FileFigures> {
  return await inDiskDirectory(async (directory) => {
    const path = join(directory, 'state.xz');
    await runChild(AUTOSAVE, { args: [path, ROWS, kind, preset], timeoutMs: TIMEOUT_MS });
    const { sizeBytes, writtenInMs } = describeCheckpoint(path);
    return { sizeBytes, ms: writtenInMs };
  });
}
