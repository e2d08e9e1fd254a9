/**
 * Every death of the crash panel, in a real browser: what the page says is compared with the test's own record of what the
 * browser has been sent, and with the processes that are there.
 */
import { findFreePort, waitFor } from '@faultguard/test-kit';
import { chromiumPath } from '@faultguard/test-kit/chromium';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Entry, Sample } from '../../src/notebook/entries.ts';
import type { Fault } from '../../src/notebook/faults.ts';
import { openDemoPage } from '../fixtures/demo-page.ts';
import { type ObservedPage, observePage } from '../fixtures/observed-page.ts';
import { type RunningDemo, startDemo } from '../fixtures/running-demo.ts';

/** Between the browser's network and its JavaScript, on a machine that has other things to do. */
const DELAY_MS_MAX = 400;

interface Expected {
  readonly fault: Fault;
  readonly died: RegExp;
  readonly dies: { readonly app: boolean; readonly guardian: boolean };
  /** What stands in the dossier. */
  readonly facts: RegExp;
  readonly hasTimeline: boolean;
}

/** The app dies, and its guardian sees it. */
function appDies(fault: Fault, how: string, facts: RegExp): Expected {
  const died = new RegExp(`^the app, process \\d+: ${how}$`);
  return { fault, died, dies: { app: true, guardian: false }, facts, hasTimeline: true };
}

const deaths: readonly Expected[] = [
  appDies('segfault', 'SIGSEGV', /ended with\s+SIGSEGV/),
  appDies('kill', 'SIGKILL', /ended with\s+SIGKILL/),
  appDies('heap', 'heap out of memory', /kind\s+out-of-memory/),
  appDies('exception', 'Error: Nobody catches this', /deaths\.ts/),
  appDies('loop', 'it hung for \\d+ ms', /at .*loop/),
  {
    fault: 'guardian',
    died: /^the guardian, process \d+$/,
    dies: { app: false, guardian: true },
    facts: /It went on without a guardian, and had a new one, process \d+, after \d+ ms/,
    hasTimeline: false,
  },
  // Under a guardian that has not started it, and is told of the signal by Linux 6.15 and later.
  appDies('kill', '(SIGKILL|nobody saw how)', /ended with\s+(SIGKILL|unknown)/),
  {
    fault: 'both',
    died: /^app and guardian: nobody saw how$/,
    dies: { app: true, guardian: true },
    facts: /kind\s+vanished[^]*both processes were dead/,
    hasTimeline: true,
  },
];

describe.skipIf(chromiumPath === undefined)('in Chromium, the page', () => {
  const opened = openDemoPage();

  test.each(deaths)('tells the truth about $fault', async (expected) => {
    const { fault } = expected;
    const { app, text, page } = opened.observed;
    await opened.observed.ready();
    const before = await readPids(opened.observed);
    const { from } = app.expectDeath();
    await opened.observed.crash(fault);

    const [successor, lastBefore, firstAfter] = findDeath(app.entries, from);
    expect(await text('#died')).toMatch(expected.died);
    expect(await text('#lost')).toBe(`0 of ${app.countSeenBefore(successor)}`);
    expect(await text('#last-before')).toBe(describeSample(lastBefore));
    expect(await text('#first-after')).toBe(describeSample(firstAfter));
    expect(await text('#away-note')).toBe(describeBetween(app.entries, lastBefore, firstAfter));
    expect(await text('#session')).toBe('kept');
    const awayMs = app.longestSilenceMs(from, firstAfter);
    expect(Math.abs(readAwayMs(await text('#away')) - awayMs)).toBeLessThan(DELAY_MS_MAX);
    expect(await page.locator('.incident [role="status"]').textContent()).toContain('Lost: 0 of');

    const after = await readPids(opened.observed);
    const living = opened.demo.pids();
    expect(living.includes(before.app)).toBe(!expected.dies.app);
    expect(living.includes(before.guardian)).toBe(!expected.dies.guardian);
    expect(living).toEqual(expect.arrayContaining([after.app, after.guardian]));
    expect(after.app !== before.app).toBe(expected.dies.app);
    expect(after.guardian !== before.guardian).toBe(expected.dies.guardian);

    await expectNothingLost(opened.observed, opened.demo);
    expect(await text('[aria-label="Facts of the death"]')).toMatch(expected.facts);
    const newest = await readNewestMutation(opened.observed);
    expect(newest !== undefined).toBe(expected.hasTimeline);
    // An entry that is no sample may have come behind it.
    expect(newest ?? Infinity).toBeGreaterThanOrEqual(lastBefore.sequence);
    const [shown, counted] = await readTwinLoss(opened.observed, fault);
    expect(shown).toBe(counted);
  });

  test('has not moved anything by itself through all of it', async () => {
    expect(await opened.observed.shifts()).toEqual([]);
    expect(opened.observed.troubles).toEqual([]);
  });

  test('has an order go on where a kill -9 has cut it off, and each step done once', async () => {
    const { app, page, text } = opened.observed;
    await opened.observed.ready();
    const newest = app.newest;
    await page.click('#order');
    const stepsOf = (): Entry[] =>
      app.entries.filter((entry) => entry.kind === 'step' && entry.sequence > newest);
    await waitFor('the first step', () => stepsOf().length === 1);
    await opened.observed.crash('kill');
    await page.getByText(/answered after \d+ attempts/).waitFor();

    const steps = stepsOf() as Extract<Entry, { kind: 'step' }>[];
    expect(steps.map(({ step }) => step)).toEqual(['reserve', 'charge', 'ship']);
    expect(new Set(steps.map(({ order }) => order)).size).toBe(1);
    const [first, ...others] = steps.map(({ life }) => life);
    expect(others).toEqual([(first as number) + 1, (first as number) + 1]);
    expect(await text('.notebook:not(.twin) .steps')).toContain(`done in life ${first}`);
    expect(await text('.twin .state')).toBe('the request is lost, and nobody knows how far it got');
  });

  test('keeps what is typed while the app is dead, and has it acknowledged afterwards', async () => {
    const { app, page } = opened.observed;
    await opened.observed.ready();
    await page.click('[data-fault="kill"]');
    await page.waitForSelector('.pulse[data-presence="away"]');
    await page.fill('#notes', 'written to nobody');
    await page.getByText(/^acknowledged as #\d+$/).waitFor();
    await waitFor('the note', () =>
      app.entries.some((entry) => entry.kind === 'note' && entry.text === 'written to nobody'),
    );
    await opened.observed.ready();
    await opened.observed.crash('segfault');
    expect(await page.inputValue('#notes')).toBe('written to nobody');
    await waitForTwinLoss(page);
    expect(await opened.observed.text('#twin-note')).toBe('');
    await expectNothingLost(opened.observed, opened.demo);
  });

  test('finds the visitor again, in the next page too', async () => {
    const { page, text } = await observePage(opened.browser, opened.demo.url);
    await page.waitForSelector('.pulse[data-presence="here"]');
    await page.fill('#name', 'Ada <b>Lovelace</b>');
    await page.click('text=Sign in');
    await page.getByText('Ada <b>Lovelace</b>, visit 1').waitFor();
    await page.click('[data-fault="segfault"]');
    await page.waitForSelector('.incident[data-incidents="1"]');
    expect(await text('#session')).toBe('kept');
    await page.reload();
    expect(await text('#visitor')).toBe('Ada <b>Lovelace</b>, visit 2');
    expect(await text('.dossier')).toContain(
      'goes on from a crash that this page was not there for: SIGSEGV',
    );
    await page.context().close();
  });

  test('says what is lost when an app comes back with nothing: it takes no word for it', async () => {
    const port = String(await findFreePort());
    const first = await startDemo(['--port', port]);
    onTestFinished(async () => void (await first.end()));
    const { page, app, text } = await observePage(opened.browser, first.url);
    await page.waitForSelector('.pulse[data-presence="here"]');
    await waitFor('some entries', () => app.newest > 10);
    await first.end();
    await page.waitForSelector('.pulse[data-presence="away"]');
    const count = app.texts.size;
    const second = await startDemo(['--port', port]);
    onTestFinished(async () => void (await second.end()));
    await page.waitForSelector('.incident[data-incidents="1"]');
    expect(await text('#lost')).toBe(`${count} of ${count}`);
    expect(await text('#session')).toBe('lost');
    expect(await text('#away-note')).toBe('and numbers begin anew');
    // And goes on with what there is.
    await page.waitForFunction(() => Number(document.querySelector('#sequence')?.textContent) > 5);
    await page.context().close();
  });
});

/** Who has come after the death, and the samples on both sides of it: by the test's own record. */
function findDeath(entries: readonly Entry[], from: number): [Entry, Sample, Sample] {
  const index = entries.findIndex(({ kind }, at) => at > from && (kind === 'life' || kind === 'guardian'));
  const before = entries.slice(0, index).findLast(({ kind }) => kind === 'sample');
  const after = entries.slice(index).find(({ kind }) => kind === 'sample');
  return [entries[index] as Entry, before as Sample, after as Sample];
}

function describeSample({ sequence, busyPercent }: Sample): string {
  return `#${sequence}, ${busyPercent.toFixed(1)} %`;
}

/** The numbers between two values, and what has them: by the test's own record. */
function describeBetween(entries: readonly Entry[], before: Sample, after: Sample): string {
  const between = entries.filter(
    ({ sequence }) => sequence > before.sequence && sequence < after.sequence,
  ) as [Entry, ...Entry[]];
  expect(between).toHaveLength(after.sequence - before.sequence - 1);
  const [{ sequence: first, kind }] = between;
  if (between.length > 1) return `#${first}–#${between.at(-1)?.sequence}: other entries`;
  return `#${first}: ${kind === 'life' ? 'its return' : 'the new guardian'}`;
}

function readAwayMs(text: string): number {
  const [, number, unit] = /([\d.]+) (ms|s)/.exec(text) as unknown as [string, string, string];
  return Number(number) * (unit === 's' ? 1000 : 1);
}

async function readPids({ text }: ObservedPage): Promise<{ app: number; guardian: number }> {
  return { app: Number(await text('#app-pid')), guardian: Number(await text('#guardian-pid')) };
}

/** Everything that the browser has ever been sent is in the app, letter by letter, and nothing is between. */
async function expectNothingLost({ app }: ObservedPage, demo: RunningDemo): Promise<void> {
  const seen = app.texts;
  const numbers = [...seen.keys()];
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const response = await fetch(`${demo.url}api/entries?after=${first - 1}&upTo=${last}`);
  const there = (await response.json()) as Entry[];
  const inApp = new Map(there.map((entry) => [entry.sequence, JSON.stringify(entry)]));
  expect(there.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  for (const [sequence, text] of seen) expect(inApp.get(sequence)).toBe(text);
}

/** The number of the newest entry that the timeline tells of; undefined when it tells nothing. */
async function readNewestMutation({ page }: ObservedPage): Promise<number | undefined> {
  const rows = await page.locator('#timeline tr').allInnerTexts();
  const row = rows.find((text) => text.includes('state.page.view.sequence'));
  return row === undefined ? undefined : Number(row.split(/\s+/).at(-1));
}

/** What the page says that the other app has lost, and what it should say: the test has counted. */
async function readTwinLoss({ page, twin, text }: ObservedPage, fault: Fault): Promise<[string, string]> {
  // It has no guardian that could be killed.
  if (fault === 'guardian') return [await text('#twin-lost'), '–'];
  await waitForTwinLoss(page);
  const count = twin.countOfLastLife;
  if (count === 0) throw new Error('The other app has had nothing that it could lose.');
  return [await text('#twin-lost'), `${count} of ${count}`];
}

/** It has come back, and the page has counted. */
async function waitForTwinLoss(page: Page): Promise<void> {
  await page.waitForFunction(() => / of /.test(document.querySelector('#twin-lost')?.textContent ?? ''));
}
