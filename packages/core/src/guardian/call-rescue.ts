/** Calls the user's rescue function with the state, and keeps the state in a file when that fails, or might. */
import { inspect } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { RESCUE_TIMEOUT_MS_DEFAULT, type Rescue } from '../options.ts';
import type { Crash } from '../rescue/crash.ts';
import { RescueFile } from '../rescue/rescue-file.ts';
import { type RescueResult, runRescue } from '../rescue/run-rescue.ts';
import { print } from '../platform/print.ts';

export interface Rescued {
  readonly rescued: boolean;
  readonly rescueFile?: string;
}

export interface RescueOptions {
  readonly args?: readonly unknown[];
  readonly rescueTimeoutMs?: number;
}

/** `answer`: what the function has returned. `endProcess`: called when it holds the thread; it has to end the process. */
export async function callRescue(
  rescue: Rescue<object>,
  state: object,
  crash: Crash,
  { args = [], rescueTimeoutMs: timeoutMs = RESCUE_TIMEOUT_MS_DEFAULT }: RescueOptions,
  endProcess: () => void,
): Promise<Rescued & { readonly answer?: unknown }> {
  const file = new RescueFile(state, crash);
  if (isHeapTight()) {
    // The function may be the last straw: then this is all that is left.
    print(
      `The guardian's heap is nearly full with the state. ${file.write()} It is removed after the rescue.`,
    );
  }
  const result = await runRescue({
    rescue,
    state,
    crash,
    context: { args },
    timeoutMs,
    onThreadHeld: () => {
      print(
        `${describeFailure({ kind: 'timed out' }, timeoutMs)} It holds the thread, so the guardian ends.\n${file.write()}`,
      );
      endProcess();
    },
  });
  if (result.kind === 'done') {
    file.remove();
    return { rescued: true, answer: result.answer };
  }
  print(`${describeFailure(result, timeoutMs)}\n${file.write()}`);
  return { rescued: false, ...(file.path !== undefined && { rescueFile: file.path }) };
}

/** For a state that nobody else keeps. */
export function writeRescueFile(state: object, crash: Crash): Rescued {
  const file = new RescueFile(state, crash);
  print(file.write());
  return { rescued: false, ...(file.path !== undefined && { rescueFile: file.path }) };
}

/** Guardian and app run with the same limit, and the guardian's copy of the state may fill it as well. */
function isHeapTight(): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used > limit / 2;
}

function describeFailure(result: Exclude<RescueResult, { kind: 'done' }>, timeoutMs: number): string {
  if (result.kind === 'timed out') {
    return `The rescue function did not come to an end within ${timeoutMs} ms (option "rescueTimeoutMs").`;
  }
  const { error } = result;
  return `The rescue function threw: ${describeThrown(error)}`;
}

/** `inspect` copes with every value, down to one whose own properties throw. */
function describeThrown(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return 'something that cannot be shown';
  }
}
