/** Events, channels and the trace: told where they happen, silent by default, harmless to the guard. */
import { describe, expect, it } from 'vitest';
import { startScript } from '@faultguard/test-kit';
import { appPath } from '../fixtures/app-path.ts';
import { makeDirectoryForTest } from '../fixtures/journal-in-directory.ts';
import { runLives } from '../fixtures/lives.ts';

const round = [['set', 1], ['kill guardian'], ['degraded', 'journal'], ['restored'], ['die', 'SIGKILL']] as [
  string,
  unknown?,
][];

it('events and channels tell the same, in the process where it happens', async () => {
  const script = startScript(appPath('tells-events.mjs'), { cwd: makeDirectoryForTest() });
  const { stdout } = await script.ended;
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const inApp = told.filter(({ in: where }) => where === 'app').map(({ event }) => event);
  const inGuardian = told.filter(({ in: where }) => where === 'guardian').map(({ event }) => event);
  expect(new Set(inApp)).toEqual(
    new Set(['saved', 'degraded', 'healed', 'guardian-lost', 'guardian-restored']),
  );
  expect(new Set(inGuardian)).toEqual(new Set(['saved', 'crash', 'restart']));
  expect(told.every(({ isSame }) => isSame)).toBe(true);
});

it('a listener that throws harms nothing of the guard, and is a warning', async () => {
  const script = startScript(appPath('throws-in-events.mjs'));
  const { stdout, stderr } = await script.ended;
  expect(stdout).toBe('rescued 1\n');
  expect(stderr).toContain('a listener of the event "guardian-lost" threw: in the app');
  expect(stderr).toContain('a listener of the event "crash" threw: in the guardian');
});

describe('the trace', () => {
  it('is silent by default', async () => {
    const lives = await runLives({ mode: 'start', lives: [round] });
    expect(lives.output.stderr).not.toContain('faultguard[');
  });

  it('says with FAULTGUARD_DEBUG what both sides do', async () => {
    const lives = await runLives({ mode: 'start', lives: [round] }, { env: { FAULTGUARD_DEBUG: '1' } });
    const app = lives.lines().find(({ launched }) => launched === 0)?.['pid'] as number;
    expect(lives.output.stderr).toMatch(
      new RegExp(`^faultguard\\[${app}\\] \\+[\\d.]+s guardian-lost `, 'm'),
    );
    expect(lives.output.stderr).toMatch(/^faultguard\[\d+\] \+[\d.]+s follows the journal from segment /m);
    expect(lives.output.stderr).toMatch(/^faultguard\[\d+\] \+[\d.]+s crash \{"kind":"vanished"/m);
  });
});
