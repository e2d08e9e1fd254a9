/** Node, the system, and the two native packages. */
import { journalDirectory, type Probe, probeLocks, probeLzma, probeMapping } from '@faultguard/core/internal';
import { type Check, good, problem, warning } from './check.ts';

const MAPPING_ADVICE =
  'Records are written with one system call each, about 1.1 µs, with the same promise for all but elements of typed ' +
  'arrays. Install koffi (npm install koffi), and allow what keeps it from mapping files.';

export async function checkRuntime(): Promise<Check[]> {
  return [
    checkNode(process.versions.node),
    checkPlatform(process.platform, process.arch),
    checkJournal(journalDirectory(), probeMapping(journalDirectory())),
    checkLocks(probeLocks()),
    checkLzma(await probeLzma()),
  ];
}

/** 22.20 is the oldest that is supported; the packer's binary is for ^22.20, ^24.12 and 25 or later. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = major > 22 || (major === 22 && minor >= 20);
  const hasPacker = major >= 25 || (major === 24 ? minor >= 12 : major === 22 && minor >= 20);
  if (!isSupported) return problem('node', `Node ${version}`, 'Install Node 22.20 or later.');
  if (!hasPacker) {
    return warning(
      'node',
      `Node ${version}`,
      'Autosaves want Node 22.20, 24.12 or later: their packer is not made for this one.',
    );
  }
  return good('node', `Node ${version}`);
}

export function checkPlatform(platform: string, arch: string): Check {
  if (platform === 'linux') return good('platform', `${platform}, ${arch}`);
  return warning(
    'platform',
    `${platform}, ${arch}`,
    'The same code runs here, with a written journal, and is not tested here.',
  );
}

export function checkJournal(directory: string, reason: Probe): Check {
  const where = `the journal of a guard without autosave lies in ${directory}`;
  if (reason === undefined) return good('journal', `mapped into memory; ${where}`);
  return warning('journal', `written, since it cannot be mapped (${reason}); ${where}`, MAPPING_ADVICE);
}

export function checkLocks(reason: Probe): Check {
  if (reason === undefined) return good('locks', 'files can be locked: a dead process is known at once');
  return warning(
    'locks',
    `files cannot be locked (${reason})`,
    'Whether an autosave is in use is told by pid, start time and boot id; for one of another container 20 s late. Install koffi.',
  );
}

export function checkLzma(reason: Probe): Check {
  if (reason === undefined) return good('lzma', '@napi-rs/lzma packs');
  return problem(
    'lzma',
    `@napi-rs/lzma does not work (${reason})`,
    'Without it there are no autosaves. Install it again under this Node: npm leaves out binaries that are for others.',
  );
}
