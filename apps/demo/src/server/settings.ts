/** What the outermost process tells the others, as JSON in their first argument, and what the app tells it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Where the same app listens that is not guarded. */
  readonly twinPort: number;
  /** For autosave and dossiers. Removed when the demo ends. */
  readonly directory: string;
  /** When this process is gone, the others are not wanted any more. */
  readonly supervisorPid: number;
}

export function settingsFromArguments(): Settings {
  return JSON.parse(process.argv[2] ?? '') as Settings;
}

export function autosavePath({ directory }: Pick<Settings, 'directory'>): string {
  return join(directory, 'notebook.xz');
}

/** Who it is that listens. */
export interface Notice {
  readonly pid: number;
  readonly guardianPid: number;
}

export function postNotice({ directory }: Settings, notice: Notice): void {
  const path = join(directory, 'running.json');
  writeFileSync(`${path}.new`, JSON.stringify(notice), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Before a pair is started: what the last one has said is not true any more. */
export function forgetNotice({ directory }: Settings): void {
  rmSync(join(directory, 'running.json'), { force: true });
}

/** Undefined when the app has not listened yet. */
export function readNotice({ directory }: Pick<Settings, 'directory'>): Notice | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'running.json'), 'utf8')) as Notice;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
