/**
 * What an autosave needs of a file system: a narrow port, so that tests can let it fail, and can lose what has not
 * been synced.
 */
import { constants } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises';

export interface DiskFile {
  /** Writes all of it, however often that takes. */
  write(bytes: Uint8Array): Promise<void>;
  /** What has been written is on the disk when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** A new file for its owner alone. Rejects with EEXIST when the name is taken, by a link too. */
  create(path: string): Promise<DiskFile>;
  /** What has been written to an existing file, by whomever, is on the disk when this resolves (`fdatasync`). */
  syncFile(path: string): Promise<void>;
  /** When it was last written to, in milliseconds since 1970. */
  modifiedAtMs(path: string): Promise<number>;
  /** New names and names that are gone in a directory are on the disk when this resolves. */
  syncDirectory(path: string): Promise<void>;
  /** A second name for a file, or a copy where the file system has no such thing. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when it is not there. Directories with all that is in them. */
  remove(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_WRONLY } = constants;

export const realDisk: Disk = {
  async create(path) {
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    let position = 0;
    return {
      async write(bytes) {
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
        position += bytes.length;
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },

  async syncFile(path) {
    const handle = await open(path, O_RDONLY | O_NOFOLLOW);
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
  },

  modifiedAtMs: async (path) => (await stat(path)).mtimeMs,

  async syncDirectory(path) {
    // Windows has no such thing.
    if (process.platform === 'win32') return;
    const handle = await open(path, O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async link(from, to) {
    try {
      await link(from, to);
    } catch (error) {
      if (!HAS_NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await copyFile(from, to, constants.COPYFILE_EXCL);
      await realDisk.syncFile(to);
    }
  },

  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  list: (directory) => readdir(directory),
};

/** What file systems say that know no second names: FAT, some of networks and of phones. */
const HAS_NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);
