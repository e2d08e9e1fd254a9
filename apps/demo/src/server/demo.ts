#!/usr/bin/env node
/**
 * `npm run demo`: starts the guarded app and the one that is not guarded, prints where they are, and sees to it that
 * both come back and that nothing is left when it ends.
 *
 * Exit codes: 0 after Ctrl-C or a signal; 1 when it cannot start or go on; 2 for a wrong option.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepPair } from './keep-pair.ts';
import { keepTwin } from './keep-twin.ts';
import { HELP, parseOptions } from './options.ts';
import { choosePorts } from './ports.ts';
import type { Settings } from './settings.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

process.exitCode = await main();

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.error(`${options}\n\n${HELP}`);
    return 2;
  }
  if (options.isHelpWanted) {
    console.log(HELP);
    return 0;
  }
  const ports = await choosePorts(options);
  if (typeof ports === 'string') {
    console.error(ports);
    return 1;
  }
  const directory = mkdtempSync(join(tmpdir(), 'faultguard-demo-'));
  const settings: Settings = { host: options.host, ...ports, directory, supervisorPid: process.pid };
  try {
    return await run(settings);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function run(settings: Settings): Promise<number> {
  const { signal } = stopping;
  const twin = keepTwin(settings, signal);
  const pair = keepPair(settings, signal, () => printAddress(settings));
  // Whichever cannot go on ends the other one too.
  const trouble = await Promise.race([pair, twin]);
  stopping.abort();
  await Promise.all([pair, twin]);
  if (trouble === undefined) return 0;
  console.error(trouble);
  return 1;
}

function printAddress({ host, port }: Settings): void {
  console.log(`
  The laboratory notebook is at http://${nameOf(host)}:${port}/

  Open it in a browser and crash it: it comes back with everything that it had written down.
  What dies says so below. Ctrl-C ends it, or SIGTERM to process ${process.pid}: nothing is left behind.
`);
}

/** As it stands in an address: of this machine, when it listens at all addresses. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
