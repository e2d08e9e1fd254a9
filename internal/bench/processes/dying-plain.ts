/**
 * What a death costs without the guard: a parent that does nothing but wait for 'exit', and a child with
 * that much memory in use: `<bytes> <death>`.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowNs, tell } from '../child-process.ts';
import { prepareDeath } from '../death.ts';
import { readMemory } from '../proc-files.ts';

const [script, bytes, death, role] = process.argv.slice(1) as [string, string, string, string?];
const SETTLE_MS = 150;

if (role === 'child') {
  const die = prepareDeath(death);
  // Written to, or the kernel would not have given it yet.
  const missingBytes = Math.max(0, Number(bytes) - readMemory(process.pid).resident);
  const memory = Buffer.alloc(missingBytes, 1);
  await sleep(SETTLE_MS);
  tell({ appBytes: readMemory(process.pid).resident, allocatedBytes: memory.length });
  tell({ diedAtNs: nowNs() });
  die();
} else {
  const child = spawn(process.execPath, [script, bytes, death, 'child'], { stdio: 'inherit' });
  child.once('exit', (_, signal) => {
    tell({ rescuedAtNs: nowNs() });
    if (signal === null) throw new Error('The child did not die of a signal.');
    process.kill(process.pid, signal);
  });
}
