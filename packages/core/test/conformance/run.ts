/**
 * Runs the language's own conformance suite on guarded values, and says which of its tests end otherwise than on plain ones:
 *
 *     npm run conformance -- <a checkout of tc39/test262> [folder of test/built-ins …]
 *
 * Each test that fails is run again alone, since others may have left something behind, and counts when it passes on plain values
 * here. Ends with code 1 when the guardian has something else than the app; docs/reference/conformance.md says what else
 * there is, and why.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FileResult } from './run-files.ts';
import { FOLDERS, listTests } from './suite.ts';

const RUN_FILES = fileURLToPath(new URL('run-files.ts', import.meta.url));
const AT_ONCE = 100;
const TIMEOUT_MS = 120_000;
const TIMEOUT_ALONE_MS = 30_000;

type Kind = FileResult['is'] | 'died';
interface Result extends Omit<FileResult, 'is'> {
  readonly is: Kind;
}

const [suite, ...folders] = process.argv.slice(2);
if (suite === undefined || !existsSync(`${suite}/test/built-ins`)) {
  process.stderr.write(
    'Usage: npm run conformance -- <a checkout of tc39/test262> [folder of test/built-ins …]\n',
  );
  process.exit(2);
}

const results = new Map<string, Result[]>();
for (const folder of folders.length === 0 ? FOLDERS : folders) {
  const paths = listTests(suite, [folder]);
  const found: Result[] = [];
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    if (process.stderr.isTTY) process.stderr.write(`\r${folder}: ${at} of ${paths.length} `);
    found.push(...(await judge(suite, paths.slice(at, at + AT_ONCE))));
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  process.stderr.write(`${folder}: ${found.filter(({ is }) => is === 'passed').length} passed\n`);
  results.set(folder, found);
}
process.stdout.write(`${formatTable()}\n`);
for (const { path, is, reason } of [...results.values()].flat().filter(isFailure)) {
  process.stdout.write(`${is} ${path}: ${reason}\n`);
  if (is === 'untrue') process.exitCode = 1;
}

function isFailure({ is }: Result): boolean {
  return is === 'differs' || is === 'untrue' || is === 'died';
}

async function judge(suite: string, paths: readonly string[]): Promise<Result[]> {
  const together = await run(suite, 'guarded', paths, TIMEOUT_MS);
  const judged: Result[] = [];
  for (const path of paths) {
    let result = together.get(path) as Result;
    if (isFailure(result)) {
      result = (await run(suite, 'guarded', [path], TIMEOUT_ALONE_MS)).get(path) as Result;
      if (isFailure(result)) {
        const plain = (await run(suite, 'plain', [path], TIMEOUT_ALONE_MS)).get(path) as Result;
        if (plain.is !== 'passed') result = { path, is: 'other' };
      }
    }
    judged.push(result);
  }
  return judged;
}

function run(
  suite: string,
  mode: 'plain' | 'guarded',
  paths: readonly string[],
  timeoutMs: number,
): Promise<Map<string, Result>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', RUN_FILES, suite, mode], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject).once('close', (code, signal) => {
      const found = new Map<string, Result>();
      for (const line of output.split('\n')) {
        // What a test prints itself is none of its results.
        if (!line.startsWith('{"path"')) continue;
        const result = JSON.parse(line) as Result;
        found.set(result.path, result);
      }
      for (const path of paths) {
        if (!found.has(path)) found.set(path, { path, is: 'died', reason: `ended with ${code ?? signal}` });
      }
      resolve(found);
    });
    child.stdin.end(paths.join('\n'));
  });
}

function formatTable(): string {
  const columns: readonly Kind[] = ['passed', 'refused', 'differs', 'untrue', 'died'];
  const count = (found: readonly Result[]): string[] =>
    columns.map((kind) => String(found.filter(({ is }) => is === kind).length));
  const rows = Array.from(results, ([folder, found]) => [folder].concat(count(found)));
  return [
    ['', ...columns],
    ['---', ...columns.map(() => '---:')],
    ...rows,
    ['all', ...count([...results.values()].flat())],
  ]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
