/** The example of a server: streamed pages, each with a record of its own, and records that a crash has cut off. */
import { request } from 'node:http';
import { startScript, waitFor } from '@faultguard/test-kit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chromiumPath, launchChromium, openPage } from '@faultguard/test-kit/chromium';

const EXAMPLE = new URL('../../examples/server/server.mjs', import.meta.url).pathname;

interface RunningServer {
  readonly url: string;
  readonly pid: number;
}

async function startServer(): Promise<
  ReturnType<typeof startScript> & { listening(): Promise<RunningServer> }
> {
  const script = startScript(EXAMPLE, { env: { PORT: '0' }, timeoutMs: 60_000 });
  onTestFinished(async () => {
    script.process.kill('SIGTERM');
    await script.ended.catch(() => {});
  });
  let known = 0;
  return {
    ...script,
    /** The next process that listens. */
    async listening() {
      const pattern = /^(http:\S+\/)\S* process (\d+)\n/gm;
      const [, url, pid] = await waitFor(
        'the server to listen',
        () => [...script.output.stdout.matchAll(pattern)][known],
        30_000,
      );
      known++;
      return { url: url as string, pid: Number(pid) };
    },
  };
}

test('server.mjs: a page has its own record, and one that is cut off by a kill is there after the restart', async () => {
  const server = await startServer();
  const first = await server.listening();
  const pages = await Promise.all(
    ['Ada', '</script><script>'].map(async (user) => {
      return (await fetch(`${first.url}?user=${encodeURIComponent(user)}`)).text();
    }),
  );
  expect(pages[0]).toContain('Hello Ada, it is');
  expect(pages[0]).toContain('<li>order 1 of Ada</li>');
  expect(pages[0]).not.toContain('&lt;');
  const payload = /id="state">(.*?)<\/script>/.exec(pages[1] as string)?.[1] as string;
  expect(JSON.parse(payload).json).toMatchObject({
    user: '</script><script>',
    note: '',
    orders: ['order 1 of </script><script>', 'order 2 of </script><script>'],
  });

  // The shell has been sent, the orders have not.
  await new Promise<void>((resolve) => {
    request(`${first.url}?user=Grace`, (response) => {
      response.once('data', () => process.kill(first.pid, 'SIGKILL')).on('error', () => resolve());
    }).end();
  });
  const second = await server.listening();
  expect(server.output.stdout).toContain('request 3 of Grace has been cut off\n');
  expect(server.output.stdout).not.toContain('request 1');
  expect(await (await fetch(`${second.url}?user=Grace`)).text()).toContain('order 2 of Grace');
  expect(server.output.stderr).toBe('');
});

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  test('server.mjs: the page is taken over without a warning, and goes on in the browser', async () => {
    const server = await startServer();
    const { url } = await server.listening();
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const { page, said } = await openPage(browser);
    await page.route('**/favicon.ico', (route) => route.fulfill({ body: '' }));
    await page.goto(`${url}?user=Ada`);
    await page.waitForSelector('li');
    await page.locator('#clicks').click();
    await page.locator('#note').pressSequentially('hello');
    expect(await page.locator('#clicks').textContent()).toBe('1 clicks');
    expect(await page.locator('#note').inputValue()).toBe('hello');
    expect(await page.locator('li').allTextContents()).toEqual(['order 1 of Ada', 'order 2 of Ada']);
    expect(said).toEqual([]);
  });
});
