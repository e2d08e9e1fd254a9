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
const p = await b.newPage({ viewport: { width: 1280, height: 900 } });
p.on('console', (m) => {
  if (m.text().startsWith('SHIFT')) console.log(m.text());
});
await p.addInitScript(() => {
  new PerformanceObserver((l) => {
    for (const s of l.getEntries())
      console.log(
        'SHIFT',
        s.value,
        s.hadRecentInput,
        Math.round(s.startTime),
        JSON.stringify(
          s.sources.map((x) => [
            x.node?.nodeName,
            x.node?.className || x.node?.id || x.node?.textContent?.slice(0, 30),
            x.previousRect.y,
            x.currentRect.y,
            x.previousRect.x,
            x.currentRect.x,
            x.previousRect.width,
            x.currentRect.width,
          ]),
        ),
      );
  }).observe({ type: 'layout-shift', buffered: true });
});
await p.goto('http://127.0.0.1:4310/');
await p.waitForSelector('[data-presence=here]');
await p.waitForTimeout(1500);
for (const f of 'segfault,exception,guardian,both'.split(',')) {
  const n = Number(await p.getAttribute('.incident', 'data-incidents'));
  await p.click(`[data-fault=${f}]`);
  await p.waitForSelector(`.incident[data-incidents="${n + 1}"]`, { timeout: 15000 });
  console.log(f);
  await p.waitForTimeout(700);
}
await b.close();
