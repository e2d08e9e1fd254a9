#!/usr/bin/env node
import { createRequire } from 'node:module';
import { ExitCode } from './exit-code.ts';

const { engines } = createRequire(import.meta.url)('../package.json') as { engines: { node: `>=${string}` } };
const oldest = engines.node.slice('>='.length);
const [major = 0, minor = 0] = versionOf(process.versions.node);
const [oldestMajor = 0, oldestMinor = 0] = versionOf(oldest);

if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  const { runCommandLine } = await import('./command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
} else {
  // What an older one cannot even load says so in other words.
  console.error(`faultguard: needs Node.js ${oldest} or later, and this is ${process.versions.node}.`);
  process.exitCode = ExitCode.failure;
}

function versionOf(text: string): number[] {
  return text.split('.').map(Number);
}
