/** A state whose journal is read back at once, in this process: what its guardian would have of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnguardableValueError } from '../../src/errors.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { controlPath } from '../../src/journal/segment-files.ts';
import { JournalWriter } from '../../src/journal/writer.ts';
import { MappedBuffers } from '../../src/memory/mapped-buffers.ts';
import { openMappedMemory } from '../../src/memory/mapped-segment.ts';
import { Graph } from '../../src/state/graph.ts';
import { nodeOf } from '../../src/state/tracked-node.ts';
import { describeGraph } from '../fixtures/describe-graph.ts';
import { FIXED_NONCE, replayFrom, writeControlFile } from '../fixtures/journal-ends.ts';

const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;

export interface ConformanceState {
  /** Takes a value in, and gives back what the state has in its place; what cannot be guarded stays what it was. */
  guard(this: void, value: unknown): unknown;
  /** How many have been taken in. */
  readonly guarded: number;
  /** What the state and the guardian's copy do not have in common, if there is anything. */
  findDifference(): string | undefined;
  close(): void;
}

export function openState(): ConformanceState {
  const directory = mkdtempSync(join(tmpdir(), 'faultguard-conformance-'));
  writeControlFile(directory);
  const memory = openMappedMemory();
  const writer = new JournalWriter({
    ...FIXED_NONCE,
    directory,
    memory,
    control: memory.openControl(controlPath(directory)),
    sizeBytesMax: JOURNAL_BYTES_MAX,
    ring() {},
    isGuardianAlive: () => true,
    onDegraded: fail,
  });
  const state = new Graph(writer, new MappedBuffers(directory, fail, fail)).setRoot({}) as Record<
    string,
    unknown
  >;
  let guarded = 0;
  return {
    get guarded() {
      return guarded;
    },
    guard(value) {
      if (typeof value !== 'object' || value === null || nodeOf(value) !== undefined) return value;
      const name = `value${guarded + 1}`;
      try {
        state[name] = value;
      } catch (error) {
        if (error instanceof UnguardableValueError) return value;
        throw error;
      }
      guarded++;
      return state[name];
    },
    findDifference() {
      const here = describeGraph(state).split('\n');
      const there = describeGraph(replay(directory)).split('\n');
      const line = here.findIndex((text, index) => text !== there[index]);
      return line === -1 ? undefined : `the app has ${here[line]}, the guardian ${there[line]}`;
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function fail(reason: string): never {
  throw new Error(reason);
}

function replay(directory: string): unknown {
  const reader = new JournalReader({ ...FIXED_NONCE, directory });
  const { mirror, failure } = replayFrom(reader);
  reader.close();
  if (failure !== undefined) throw failure;
  mirror.finish(directory, false);
  return mirror.root;
}
