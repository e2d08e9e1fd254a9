// Under attach(): the guardian is a program of the installed package.
import { readFileSync } from 'node:fs';
import { attach } from '@faultguard/core';

const { state, stats } = await attach({
  initial: () => ({ n: 0 }),
  rescue: new URL('./attach.rescue.mjs', import.meta.url),
});
console.log(readFileSync(`/proc/${stats().guardianPid}/cmdline`, 'utf8').split('\0').join(' '));
while (state.n < 1000) state.n++;
process.kill(process.pid, 'SIGKILL');
