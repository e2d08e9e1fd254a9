/** The example of README.md for a browser goes on with what the one for a server has printed; internal/documents runs the others. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chromiumPath, launchChromium, openPage } from '@faultguard/test-kit/chromium';

const PACKAGE = new URL('../../', import.meta.url).pathname;
const text = readFileSync(`${PACKAGE}README.md`, 'utf8');

/** The block that has that in it. */
function blockWith(words: string): string {
  const blocks = Array.from(text.matchAll(/^```js\n(.*?)^```\n/gms), ([, source]) => source as string);
  return blocks.find((source) => source.includes(words)) as string;
}
const server = blockWith('renderToString');
const browser = blockWith('hydrateRoot');
/** What the one for a server prints: internal/documents sees to it that it does. */
const printed = /^\$ node page\.mjs\n(.*?)^```/ms.exec(text)?.[1] as string;

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  test('the one for a browser goes on with what the one for a server has printed', async () => {
    const page = `import { useGuardedState } from '@faultguard/react-hooks';
      import { createElement as h } from 'react';
      ${/^export function Page.*?^}/ms.exec(server)?.[0]}`;
    const { outputFiles } = await build({
      stdin: { contents: browser, resolveDir: PACKAGE },
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
    const html = `<!doctype html><link rel="icon" href="data:,">${printed}<script>${outputFiles[0]?.text.replaceAll('</script', '<\\/script')}</script>`;
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
