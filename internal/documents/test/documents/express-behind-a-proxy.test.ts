import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { followDocument, type Plan } from '../../src/follow-document.ts';
import type { Place } from '../../src/place.ts';

/** The program itself says whether it takes a configuration; where it is not installed, nobody does. */
function checkedBy(
  program: string,
  language: string,
  has: string,
  check: (place: Place, code: string) => string[],
): Plan {
  if (spawnSync(program, ['-v']).error !== undefined) {
    return { language, has, notRun: `${program} is not installed here` };
  }
  return {
    language,
    has,
    async run({ code }, place) {
      const args = check(place, code);
      const { stdout, stderr, exitCode } = await place.run(args[0] as string, {
        command: program,
        args: args.slice(1),
      });
      expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
    },
  };
}

followDocument('docs/guides/express-behind-a-proxy.md', [
  { language: 'haproxy', has: 'retry-on', runBy: 'packages/express/test/process/behind-a-proxy.test.ts' },
  checkedBy('nginx', 'nginx', 'auth_delay', (place, code) => {
    const files = ['client_body_temp', 'proxy_temp', 'fastcgi_temp', 'uwsgi_temp', 'scgi_temp'];
    const paths = files.map((name) => `${name}_path ${join(place.path, name)};`).join('\n');
    place.write(
      'nginx.conf',
      `pid ${join(place.path, 'nginx.pid')};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${code}\n}\n`,
    );
    return ['-t', '-c', join(place.path, 'nginx.conf')];
  }),
  checkedBy('caddy', 'caddyfile', 'reverse_proxy', (place, code) => {
    place.write('Caddyfile', code);
    return ['validate', '--adapter', 'caddyfile', '--config', 'Caddyfile'];
  }),
]);
