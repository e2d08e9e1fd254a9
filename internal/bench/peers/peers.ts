/** What else one could do with a number that must not be lost, each at the settings that serve it best. */
import type { Loop } from '../measure.ts';

export interface Peer {
  readonly name: string;
  readonly settings: string;
  /** The worst fault after which an operation that had returned is still there. */
  readonly survives: string;
  readonly batch: number;
  /** Kept in memory, in /dev/shm, or in the temporary directory. */
  readonly place: 'memory' | 'shared memory' | 'disk';
  /** Opens it; the directory is new and is removed afterwards. */
  open(directory: string): Promise<Loop>;
}

export const peers: readonly Peer[] = [
  {
    name: 'plain object',
    settings: '',
    survives: 'nothing',
    batch: 1_000_000,
    place: 'memory',
    open: async () => (await import('./plain-object.ts')).open(),
  },
  {
    name: 'mobx',
    settings: '`observable`, without observers',
    survives: 'nothing',
    batch: 50_000,
    place: 'memory',
    open: async () => (await import('./mobx.ts')).open(),
  },
  {
    name: 'valtio',
    settings: '`proxy`, without subscribers',
    survives: 'nothing',
    batch: 20_000,
    place: 'memory',
    open: async () => (await import('./valtio.ts')).open(),
  },
  {
    name: 'fs.writeSync (tmpfs)',
    settings: '40 bytes, file allocated before',
    survives: 'process death',
    batch: 10_000,
    place: 'shared memory',
    open: async (directory) => (await import('./write-sync.ts')).open(directory),
  },
  {
    name: 'fs.writeSync (disk)',
    settings: '40 bytes, file allocated before',
    survives: 'process death',
    batch: 10_000,
    place: 'disk',
    open: async (directory) => (await import('./write-sync.ts')).open(directory),
  },
  {
    name: 'lmdb put',
    settings: 'noSync, until committed',
    survives: 'process death, but not the batch in flight',
    batch: 20_000,
    place: 'disk',
    open: async (directory) => (await import('./lmdb.ts')).openAsync(directory),
  },
  {
    name: 'lmdb putSync',
    settings: 'noSync',
    survives: 'process death',
    batch: 2000,
    place: 'disk',
    open: async (directory) => (await import('./lmdb.ts')).openSync(directory),
  },
  {
    name: 'node:sqlite upsert',
    settings: 'prepared, WAL, synchronous=NORMAL',
    survives: 'process death',
    batch: 1000,
    place: 'disk',
    open: async (directory) => (await import('./sqlite.ts')).openNormal(directory),
  },
  {
    name: 'node:sqlite upsert, synced',
    settings: 'prepared, WAL, synchronous=FULL',
    survives: 'power loss',
    batch: 50,
    place: 'disk',
    open: async (directory) => (await import('./sqlite.ts')).openFull(directory),
  },
  {
    name: 'process.send',
    settings: 'to a parent that reads',
    survives: 'process death, but not what is still queued in the process',
    batch: 2000,
    place: 'memory',
    open: async () => (await import('./process-send.ts')).open(),
  },
  {
    name: 'JSON file',
    settings: 'write-file-atomic, fsync: false; the whole state: one number',
    survives: 'process death',
    batch: 100,
    place: 'disk',
    open: async (directory) => (await import('./json-file.ts')).openUnsynced(directory),
  },
  {
    name: 'JSON file, synced',
    settings: 'write-file-atomic; the whole state: one number',
    survives: 'power loss',
    batch: 50,
    place: 'disk',
    open: async (directory) => (await import('./json-file.ts')).openSynced(directory),
  },
];
