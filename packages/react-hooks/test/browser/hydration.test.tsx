/** In a real browser: a page goes on where the server has left it, without a warning, and whatever texts are in it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRequire } from 'node:module';
import { attach, type Guard } from '@faultguard/core';
import { dehydrate, GuardProvider } from '@faultguard/react-hooks';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchChromium, openPage } from '@faultguard/test-kit/chromium';
import { Page } from '../fixtures/browser/page.tsx';

const TEXTS = [
  '</script><script>alert("out of the element")</script>',
  '<!--',
  '<!-- <script>',
  '<img src=x onerror=alert(1)>',
  '\u2028 & \u2029',
  '__proto__',
  "');alert(1);('",
];
const CLIENT = new URL('../fixtures/browser/client.tsx', import.meta.url).pathname;

async function bundle(): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const is18 = process.env['REACT_MAJOR'] === '18';
  const { outputFiles } = await build({
    entryPoints: [CLIENT],
    bundle: true,
    write: false,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    ...(is18 && {
      alias: {
        'react/jsx-runtime': resolve('react18/jsx-runtime'),
        'react-dom/client': resolve('react-dom18/client'),
        react: resolve('react18'),
        'react-dom': resolve('react-dom18'),
      },
    }),
  });
  return outputFiles[0]?.text as string;
}

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  let browser: Browser;
  let guard: Guard<any>;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    browser = await launchChromium();
    guard = await attach<any>({ initial: () => ({ requests: {} }) });
    const client = await bundle();
    let requests = 0;
    server = createServer((request, response) => {
      if (request.url === '/client.js') {
        response.setHeader('content-type', 'text/javascript').end(client);
        return;
      }
      const record = makeRecord(String(++requests));
      const crash = {
        kind: 'signal',
        exitCode: null,
        signal: 'SIGKILL',
        startedAt: new Date(1),
        crashedAt: new Date(2),
      };
      const facts = { stats: guard.stats, recovered: { crash, source: {} } as any };
      const page = (wait?: () => Promise<void>) => (
        <GuardProvider state={record} guard={facts}>
          <Page {...(wait !== undefined && { wait })} />
        </GuardProvider>
      );
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.write('<!doctype html><link rel="icon" href="data:,"><div id="root">');
      const finish = (): void => {
        response.end(
          `</div><script type="application/json" id="state">${dehydrate(record)}</script><script src="/client.js"></script>`,
        );
      };
      if (request.url === '/string') {
        response.write(renderToString(page()));
        finish();
        return;
      }
      const through = new PassThrough();
      through.on('end', finish).pipe(response, { end: false });
      const { pipe } = renderToPipeableStream(
        page(() => sleep(50)),
        { onShellReady: () => pipe(through) },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
    await guard?.close();
  });

  function makeRecord(name: string): object {
    const kinds: any = {
      map: new Map([['k', new Date(1)]]),
      set: new Set([1n]),
      date: new Date(1e12),
      nothing: undefined,
      big: 2n ** 70n,
      bytes: new Uint8Array([1, 255]),
      '</script>': '<!--',
    };
    Object.defineProperty(kinds, '__proto__', {
      value: { polluted: 1 },
      enumerable: true,
      writable: true,
      configurable: true,
    });
    guard.state.requests[name] = { texts: TEXTS, kinds };
    const record = guard.state.requests[name];
    record.kinds.self = { name };
    record.kinds.self.self = record.kinds.self;
    return record;
  }

  test.each(['string', 'stream'])(
    'a page from a %s is taken over without a warning, and goes on by itself',
    async (how) => {
      const { page, said } = await openPage(browser);
      await page.goto(`${url}/${how}`);
      const served = await page.evaluate(() => document.querySelector('#root')?.textContent);
      await page.waitForSelector('body[data-hydrating]');
      await page.waitForSelector('#late');
      expect(await page.locator('.text').allTextContents()).toEqual(TEXTS);
      expect(await page.locator('#kinds').textContent()).toBe(
        `1 true ${new Date(1e12).toISOString()}  1180591620717411303425 true 255 ` +
          'map,set,date,nothing,big,bytes,</script>,__proto__,self',
      );
      expect(await page.locator('#guard').textContent()).toBe(`signal ${guard.stats().guardianPid}`);
      await page.click('#counter');
      await page.click('#counter');
      expect(await page.locator('#counter').textContent()).toBe('6 0,3');
      expect(served).toContain(await page.locator('#late').textContent());
      expect(await page.evaluate(() => 'polluted' in {})).toBe(false);
      expect(said).toEqual([]);
    },
  );

  test('an input keeps its caret when something is typed in the midst of it', async () => {
    const { page, said } = await openPage(browser);
    await page.goto(`${url}/string`);
    await page.waitForSelector('body[data-hydrating]');
    const input = page.locator('#draft');
    await input.fill('abcd');
    for (let n = 0; n < 2; n++) await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('xyz');
    expect(await input.inputValue()).toBe('abxyzcd');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Delete');
    expect(await input.inputValue()).toBe('abxyd');
    expect(await input.evaluate((node) => (node as HTMLInputElement).selectionStart)).toBe(4);
    expect(said).toEqual([]);
  });
});
