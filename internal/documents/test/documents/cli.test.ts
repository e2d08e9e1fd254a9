import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { followDocument, runBlock } from '../../src/follow-document.ts';

/** What stays of the lines: times, sizes and numbers are others each time. */
function headings(text: string): string[] {
  return text.split('\n').map((line) => line.slice(0, 12));
}

followDocument('packages/cli/README.md', [
  {
    language: 'sh',
    has: 'run --autosave work.xz --existing resume --restart 5/1m -- node app.js',
    async run(block, place) {
      place.write(
        'app.js',
        `import { attach } from '@faultguard/core';
         const { state, close } = await attach({ initial: () => ({ lives: 0 }) });
         console.log(++state.lives);
         if (state.lives < 3) process.kill(process.pid, 'SIGKILL');
         await close();`,
      );
      const { stdout, exitCode } = await runBlock(block, place);
      expect(stdout).toBe('1\n2\n3\n');
      expect(exitCode).toBe(0);
    },
  },
  {
    language: 'sh',
    has: 'npx @faultguard/cli verify work.xz',
    async run(block, place) {
      place.write(
        'work.mjs',
        `import { existsSync } from 'node:fs';
         import { setTimeout as sleep } from 'node:timers/promises';
         import { start } from '@faultguard/core';
         await start({
           launch: async (state, { durable }) => {
             state.n = 1;
             await durable();
             while (!existsSync('work.xz.previous')) await sleep(10);
             // The newest one follows at once.
             await sleep(100);
             state.n = 2;
             process.kill(process.ppid, 'SIGKILL');
             process.kill(process.pid, 'SIGKILL');
           },
           autosave: { path: 'work.xz', intervalMs: 10 },
         });`,
      );
      await place.run('work.mjs');
      expect(existsSync(join(place.path, 'work.xz'))).toBe(true);
      const { stdout, exitCode } = await runBlock(block, place);
      expect(headings(stdout)).toEqual(headings(block.printed as string));
      expect(exitCode).toBe(0);
    },
  },
]);
