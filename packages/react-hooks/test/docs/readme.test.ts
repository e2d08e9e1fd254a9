/** The examples of the README do what stands below them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runScript, type ScriptResult } from '@faultguard/test-kit';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chromiumPath, launchChromium, openPage } from '@faultguard/test-kit/chromium';

const PACKAGE = new URL('../../', import.meta.url).pathname;
const text = readFileSync(`${PACKAGE}README.md`, 'utf8');
const blocks = [...text.matchAll(/^```js\n(.*?)^```\n(?:\n```\n(.*?)^```)?/gms)].map(
  ([, source, printed]) => ({
    source: source as string,
    printed,
  }),
);
const [ink, server, browser] = blocks as [(typeof blocks)[0], (typeof blocks)[0], (typeof blocks)[0]];

function run({ source }: { readonly source: string }): Promise<ScriptResult> {
  return runScript('--', {
    execArgv: ['--input-type=module', '--eval', source],
    cwd: PACKAGE,
    env: { CI: 'true' },
  });
}

test('there are three', () => {
  expect(blocks.map(({ printed }) => printed !== undefined)).toEqual([true, true, false]);
});

test('the one for Ink comes back from its death', async () => {
  const { stdout, stderr, exitCode } = await run(ink);
  expect([stdout, stderr, exitCode]).toEqual([ink.printed, '', 0]);
});

test('the one for a server prints what it says', async () => {
  const { stdout, stderr, exitCode } = await run(server);
  expect([stdout, stderr, exitCode]).toEqual([server.printed, '', 0]);
});

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  test('the one for a browser goes on with what the one for a server has printed', async () => {
    const page = `import { useGuardedState } from '@faultguard/react-hooks';
      import { createElement as h } from 'react';
      ${/^export function Page.*?^}/ms.exec(server.source)?.[0]}`;
    const { outputFiles } = await build({
      stdin: { contents: browser.source, resolveDir: PACKAGE },
      bundle: true,
      write: false,
      define: { 'process.env.NODE_ENV': '"development"' },
      plugins: [
        {
          name: 'page',
          setup(bundler) {
            bundler.onResolve({ filter: /^\.\/page\.js$/ }, () => ({ path: 'page', namespace: 'readme' }));
            bundler.onLoad({ filter: /.*/, namespace: 'readme' }, () => ({
              contents: page,
              resolveDir: PACKAGE,
            }));
          },
        },
      ],
    });
    const html = `<!doctype html><link rel="icon" href="data:,">${server.printed}<script>${outputFiles[0]?.text.replaceAll('</script', '<\\/script')}</script>`;
    const site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const chromium = await launchChromium();
    onTestFinished(async () => {
      await chromium.close();
      site.close();
    });
    const opened = await openPage(chromium);
    await opened.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await opened.page.click('button');
    expect(await opened.page.textContent('button')).toBe('6');
    expect(opened.said).toEqual([]);
  });
});
