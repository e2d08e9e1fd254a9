import { execFile } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@faultguard/test-kit';
import { expect } from 'vitest';
import { openPm2 } from '../../../../packages/core/test/fixtures/pm2.ts';
import { followDocument } from '../../src/follow-document.ts';

followDocument('docs/guides/pm2.md', [
  {
    language: 'sh',
    has: 'pm2 start',
    async run({ code }, place) {
      const pm2 = await openPm2();
      cpSync(place.path, pm2.directory, { recursive: true, verbatimSymlinks: true });
      const programs = join(place.path, 'node_modules/.bin');
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', place.withPort(code)], {
        cwd: pm2.directory,
        env: { ...pm2.env, PATH: `${programs}:${pm2.env['PATH']}` },
      });
      expect(stdout.match(/^request \d$/gm)).toEqual(['request 1', 'request 2']);
      const told = await waitFor('the rescue', () => {
        try {
          return readFileSync(join(pm2.directory, 'rescues.log'), 'utf8');
        } catch {
          return undefined;
        }
      });
      expect(told).toMatch(/^(SIGKILL|vanished) after 1 requests\n$/);
    },
  },
]);
