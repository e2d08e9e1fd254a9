#!/usr/bin/env node
import { ExitCode } from './exit-code.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 20)) {
  const { run } = await import('./run.ts');
  process.exitCode = await run(process.argv.slice(2));
} else {
  // What an older one cannot even load says so in other words.
  console.error(`faultguard: needs Node.js 22.20 or later, and this is ${process.versions.node}.`);
  process.exitCode = ExitCode.failure;
}
