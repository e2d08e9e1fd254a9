/**
 * When memory runs out, the kernel ends the process with the highest score: its memory, and `oom_score_adj`
 * thousandths of all there is (proc(5)). The guardian holds a copy of the state, so it may be the larger one, and with
 * it would go the state.
 *
 * Lowering a score needs a capability, raising one of an own process does not. So the guardian's is lowered where that
 * is allowed, and the app's is raised by what is missing: docs/decisions/2026-11-25-out-of-memory-score.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Between the two, in thousandths of all memory. The guardian may have twice the memory of the app. Together they have at
 * most all there is, so it has at most a third more than the app.
 */
export const OOM_SCORE_DISTANCE = 334;
/** -1000 would mean: never, whatever it takes. */
const SCORE_MIN = -999;
const SCORE_MAX = 1000;

export interface OomScore {
  /** Sees to it that the kernel takes that process, a child of this one, before this one. For each app that is started. */
  takeFirst(appPid: number): void;
  /** This process's own is again what it was. */
  restore(): void;
}

/** Where nothing can be done, nothing is. */
export function adjustOomScore(): OomScore {
  const before = readAdjustment('self');
  // Not Linux; or neither is ever to be taken, which is for whoever has said so.
  if (before === undefined || before < SCORE_MIN) return { takeFirst() {}, restore() {} };
  return {
    takeFirst(appPid) {
      writeAdjustment('self', Math.max(SCORE_MIN, before - OOM_SCORE_DISTANCE));
      const own = readAdjustment('self') ?? before;
      // An app that is started again has inherited what has been lowered.
      const wanted = Math.min(SCORE_MAX, Math.max(before, own + OOM_SCORE_DISTANCE));
      if ((readAdjustment(appPid) ?? wanted) < wanted) writeAdjustment(appPid, wanted);
    },
    restore() {
      if (readAdjustment('self') !== before) writeAdjustment('self', before);
    },
  };
}

function readAdjustment(pid: number | 'self'): number | undefined {
  try {
    const value = Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
    return Number.isInteger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function writeAdjustment(pid: number | 'self', value: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(value));
  } catch {
    // Not allowed, or the app is gone: then the order is the kernel's.
  }
}
