/** The flight recorder of an app that runs: what it does to its state, as it does it, read from outside. */
import { existsSync } from 'node:fs';
import type { AutosaveReading } from '../autosave/read-autosave.ts';
import { RecordDecoder } from '../journal/decode-record.ts';
import { BYTE_MASK, Operation } from '../journal/layout.ts';
import { bytesAt } from '../journal/position.ts';
import { type JournalPosition, JournalReader } from '../journal/reader.ts';
import { segmentPath, sequenceOf } from '../journal/segment-files.ts';
import { listDirectory } from '../platform/list-directory.ts';
import { Cursor } from '../value/cursor.ts';
import { decodeMutation, isMutation } from './decode-mutation.ts';
import { GoneNodes, markGone, type ReadMutation } from './flight-recorder.ts';
import { describeRecorded, type RecordedChange } from './read-history.ts';

interface FollowedChanges {
  /** Oldest first, with paths as they are behind the last of them. */
  readonly changes: readonly RecordedChange[];
  /** How many were made before these, since the last look: more than are told at once. */
  readonly leftOut: number;
}

/**
 * Follows a journal behind what has been read of it. Changes nothing. The reading has to be unfinished: its mirror goes on from
 * there.
 */
export class HistoryFollower {
  readonly #reading: AutosaveReading;
  readonly #reader: JournalReader;
  readonly #decoder: RecordDecoder;
  readonly #cursor = new Cursor();

  constructor(reading: AutosaveReading) {
    const { directory, nonce, end, mirror, keys } = reading;
    const [nonceLow, nonceHigh] = nonce;
    this.#reading = reading;
    this.#reader = new JournalReader({ directory, nonceLow, nonceHigh, from: end as JournalPosition });
    this.#decoder = new RecordDecoder(mirror, keys);
  }

  /**
   * What has been appended since the last call. Throws what the files make of it: InvalidRecordError for damage, and what the file
   * system says.
   */
  read(countMax: number): FollowedChanges {
    const nowDate = new Date();
    const recorded: ReadMutation[] = [];
    const gone = new GoneNodes();
    const { mirror } = this.#reading;
    const take = (words: Int32Array, from: number, to: number): void => {
      const head = words[from] as number;
      this.#decoder.decode(words, from, to);
      this.#cursor.reset(words, from, to);
      if (!isMutation(head)) {
        gone.follow(this.#cursor, head, recorded.length);
        return;
      }
      if ((head & BYTE_MASK) === Operation.setRoot) gone.forgetAll(recorded.length);
      const mutation = decodeMutation(this.#cursor, (keyId) => this.#decoder.keyOf(keyId));
      recorded.push({ mutation, readAtMs: nowDate.getTime(), endBytes: bytesAt(this.#reader.reached) });
    };
    while (this.#reader.readSegment(take));
    const told = markGone(recorded, gone).slice(-countMax);
    const changes = told.length === 0 ? [] : describeRecorded(told, mirror, nowDate);
    return { changes, leftOut: recorded.length - changes.length };
  }

  /** The number of the last record that has been read. */
  get record(): number {
    return bytesAt(this.#reader.reached);
  }

  /** The app has used again what has not been read yet: nothing more comes from here. */
  get isLost(): boolean {
    const { directory } = this.#reading;
    const { segment } = this.#reader.reached;
    const isNewer = (name: string): boolean => (sequenceOf(name) ?? -1) > segment;
    return !existsSync(segmentPath(directory, segment)) && listDirectory(directory).some(isNewer);
  }

  close(): void {
    this.#reader.close();
  }
}
