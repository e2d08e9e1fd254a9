import { describe, expect, it } from 'vitest';
import { type Decision, RestartPolicy } from '../../src/restart/restart-policy.ts';

const SECOND = 1000;

/** One life after the other, each so many milliseconds long; what is decided after each. */
function decideAfter(
  policy: RestartPolicy,
  livesMs: readonly number[],
  from: 'first' | 'resumed' | 'older' = 'first',
): Decision[] {
  let nowMs = 1_000_000;
  return livesMs.map((lifeMs, index) => {
    const startedMs = nowMs;
    const decision = policy.decide({
      from: index === 0 ? from : 'resumed',
      startedMs,
      crashedMs: startedMs + lifeMs,
    });
    nowMs = startedMs + lifeMs + (decision.is === 'restart' ? decision.delayMs : 0);
    return decision;
  });
}

const delaysOf = (decisions: readonly Decision[]): (number | string)[] =>
  decisions.map((decision) => (decision.is === 'restart' ? decision.delayMs : 'given up'));

/** Ten seconds are healthy. */
const tenSeconds = (): RestartPolicy => new RestartPolicy({ healthyMs: 10 * SECOND });
const isPoisoned = (decision: Decision | undefined): boolean =>
  decision?.is === 'restart' && decision.isPoisoned;

describe('the time between two starts', () => {
  it('doubles with each crash within the window', () => {
    expect(delaysOf(decideAfter(new RestartPolicy({}), [0, 0, 0, 0, 0]))).toEqual([100, 200, 400, 800, 1600]);
  });

  it('is over for an app that has lived longer', () => {
    expect(delaysOf(decideAfter(new RestartPolicy({}), [30, SECOND, 150]))).toEqual([70, 0, 250]);
  });

  it('is half a minute at most, or what the option says', () => {
    const often = { max: 100, withinMs: 2 ** 31 - 1 };
    expect(delaysOf(decideAfter(new RestartPolicy(often), Array(12).fill(0))).at(-1)).toBe(30 * SECOND);
    const rare = new RestartPolicy({ ...often, backoffMs: 60 * SECOND });
    expect(delaysOf(decideAfter(rare, [0, 0]))).toEqual([60 * SECOND, 60 * SECOND]);
  });
});

describe('so many restarts', () => {
  it('within the window are enough', () => {
    expect(delaysOf(decideAfter(new RestartPolicy({ max: 2 }), [0, 0, 0]))).toEqual([100, 200, 'given up']);
  });

  it('over a longer time are not', () => {
    const policy = new RestartPolicy({ max: 2, withinMs: 10 * SECOND });
    expect(delaysOf(decideAfter(policy, Array(6).fill(20 * SECOND)))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('a state', () => {
  it('is poisoned when the app resumes it and dies before it counts as healthy', () => {
    expect(decideAfter(tenSeconds(), [60 * SECOND, 9 * SECOND]).map(isPoisoned)).toEqual([false, true]);
  });

  it('is not when the app has begun with it, or has lived with it for a while', () => {
    expect(decideAfter(tenSeconds(), [1, 10 * SECOND]).map(isPoisoned)).toEqual([false, false]);
  });

  it('that is older and kills the app too is the end', () => {
    expect(delaysOf(decideAfter(tenSeconds(), [1], 'older'))).toEqual(['given up']);
    expect(delaysOf(decideAfter(tenSeconds(), [11 * SECOND], 'older'))).toEqual([0]);
  });
});

describe('what the app has lived with', () => {
  it('is what there was before the last ten seconds of a life that was long enough', () => {
    const policy = new RestartPolicy({ healthyMs: 10 * SECOND });
    expect(policy.livedBeforeMs(0, 9 * SECOND)).toBe(Number.NEGATIVE_INFINITY);
    expect(policy.livedBeforeMs(0, 30 * SECOND)).toBe(20 * SECOND);
    policy.decide({ from: 'first', startedMs: 0, crashedMs: 30 * SECOND });
    // A short life afterwards changes nothing, however late it comes.
    expect(policy.livedBeforeMs(100 * SECOND, 101 * SECOND)).toBe(20 * SECOND);
    policy.decide({ from: 'resumed', startedMs: 100 * SECOND, crashedMs: 101 * SECOND });
    expect(policy.livedBeforeMs(200 * SECOND, 201 * SECOND)).toBe(20 * SECOND);
  });
});
