/** The tour itself, with real processes and real deaths. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';

const TOUR = fileURLToPath(new URL('../../src/tour/tour.ts', import.meta.url));
const ESCAPE = '\u001B';

interface Tour {
  readonly output: string;
  readonly exitCode: number | null;
  /** Processes, files and sessions that the tour has not cleared away. */
  readonly left: readonly string[];
}

async function runTour(
  [command, ...args]: readonly [string, ...string[]],
  environment: Record<string, string>,
  onOutput: (output: string, end: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Tour> {
  // What the tour leaves behind is in here, or has it in its command line.
  const directory = mkdtempSync(join(tmpdir(), 'tour-test-'));
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  try {
    const child = spawn(command, args, {
      env: { ...inherited, TMPDIR: directory, TERM: 'xterm', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 50_000,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      onOutput(output, (signal) => child.kill(signal));
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { output, exitCode, left: [...findProcesses(directory, output), ...findFiles(directory, output)] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Processes in the tour's temporary directory, or under a pid that the tour named. */
function findProcesses(directory: string, output: string): string[] {
  const named = new Set([...output.matchAll(/in process (\d+)/g)].map(([, pid]) => pid));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.filter((pid) => named.has(pid) || readCommandLine(pid).includes(directory));
  return found.map((pid) => `process ${pid}: ${readCommandLine(pid)}`);
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Files in the tour's temporary directory, and sessions of the guardians that it named. */
function findFiles(directory: string, output: string): string[] {
  const guardians = [...output.matchAll(/after the death, in process (\d+)/g)].map(([, pid]) => `-${pid}-`);
  const sessions = existsSync('/dev/shm') ? readdirSync('/dev/shm') : [];
  return [
    ...readdirSync(directory),
    ...sessions.filter(
      (name) => name.startsWith('faultguard-') && guardians.some((pid) => name.includes(pid)),
    ),
  ];
}

function findDeaths(output: string): string[] {
  return [...output.matchAll(/\bdied +(\S.*)$/gm)].map(([, how = '']) => how.trim());
}

/** What stays on the terminal: no codes, and of a line that was printed over only the last version. */
function readScreen(output: string): string {
  const lines = output.split('\r\n').map((line) => line.split('\r').at(-1) ?? '');
  return stripVTControlCharacters(lines.join('\n'));
}

const DEATHS_EXPECTED = [
  'SIGSEGV, a crash of kind "signal"',
  'SIGKILL, a crash of kind "signal"',
  expect.stringMatching(/^SIG(ABRT|TRAP|ILL), a crash of kind "out-of-memory"$/),
];

// It looks for what is left in /proc.
describe.runIf(process.platform === 'linux').concurrent('the tour', () => {
  test('survives three real deaths and says so in plain text', async () => {
    const { output, exitCode, left } = await runTour([process.execPath, TOUR], { NO_COLOR: '1' });

    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(findDeaths(output)).toEqual(DEATHS_EXPECTED);
    expect(output.match(/^ {2}lost: 0$/gm)).toHaveLength(3);
    expect(output).not.toContain(ESCAPE);
    expect(Buffer.from(output, 'ascii').toString('ascii')).toBe(output);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(left).toEqual([]);
  });

  test('is in colour on a terminal, and as wide as it', async () => {
    const command = `stty cols 72; '${process.execPath}' '${TOUR}'`;
    const { output, exitCode, left } = await runTour(['script', '-qec', command, '/dev/null'], {});

    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(output).toContain(`${ESCAPE}[36m`);
    expect(output).toContain('collecting');
    const text = readScreen(output);
    expect(findDeaths(text)).toEqual(DEATHS_EXPECTED);
    expect(text.match(/^ {2}lost: 0$/gm)).toHaveLength(3);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72);
    expect(left).toEqual([]);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    let isEnded = false;
    const { exitCode, left } = await runTour([process.execPath, TOUR], {}, (output, end) => {
      if (isEnded || !output.includes('2 of 3')) return;
      isEnded = true;
      end('SIGTERM');
    });

    expect(isEnded).toBe(true);
    expect(exitCode).toBe(130);
    expect(left).toEqual([]);
  });
});
