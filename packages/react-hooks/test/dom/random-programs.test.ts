/** Whatever is done to a screen and its state, in whatever order: the screen shows what the guard holds. */
import '../fixtures/dom.ts';
import { snapshot } from '@faultguard/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GuardProvider, useGuardedState } from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';
import { openProgramScreen } from '../fixtures/program-screen.ts';
import { firstState, programs } from '../fixtures/screen-program.ts';

const RUNS = Number(process.env['FAULTGUARD_TEST_RUNS'] ?? 100);

test('what is on the screen is what the guard holds, after any program', async () => {
  const { state: root } = await openGuard<{ state?: any }>(() => ({}));
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      root.state = firstState();
      const model = firstState();
      const screen = openProgramScreen({ GuardProvider, useGuardedState }, root.state, model, []);
      for (const step of [...program, { type: 'render' } as const]) {
        // In one run of code, but for React's turn: it is what comes between that is random.
        const rendered = screen.step(step);
        if (rendered === undefined) continue;
        await rendered;
        expect(snapshot(root.state)).toEqual(model);
        expect(screen.shown()).toEqual(screen.expected());
      }
      screen.unmount();
    }),
    { numRuns: RUNS },
  );
});
