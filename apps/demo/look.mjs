import { chromium } from 'playwright-core';
const b = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});
const p = await b.newPage({ viewport: { width: 1280, height: 1100 } });
p.on('console', (m) => console.log('C', m.type(), m.text()));
p.on('pageerror', (e) => console.log('E', e.message));
await p.goto('http://127.0.0.1:4310/');
await p.waitForSelector('[data-presence=here]');
await p.fill('#notes', 'Sample 7 looks odd: check the calibration.');
await p.fill('#name', 'Ada');
await p.click('text=Sign in');
await p.waitForTimeout(3000);
await p.click('#order');
await p.waitForTimeout(1000);
for (const f of (process.argv[2] ?? 'segfault').split(',')) {
  const n = Number(await p.getAttribute('.incident', 'data-incidents'));
  await p.click(`[data-fault=${f}]`);
  await p.waitForSelector(`.incident[data-incidents="${n + 1}"]`, { timeout: 15000 });
  console.log(f, await p.innerText('.facts'));
  await p.waitForTimeout(300);
}
await p.waitForTimeout(2500);
await p.screenshot({ path: '/tmp/shots/light.png', fullPage: true });
await p.click('input[value=dark]');
await p.waitForTimeout(500);
await p.screenshot({ path: '/tmp/shots/dark.png', fullPage: true });
await p.setViewportSize({ width: 390, height: 844 });
await p.waitForTimeout(500);
await p.screenshot({ path: '/tmp/shots/narrow.png', fullPage: true });
await b.close();
