/** The app's side of `start`: opens the journal, makes the state, calls `launch`. */
import { trace } from '../events.ts';
import { Control } from '../journal/layout.ts';
import { FileControl } from '../memory/written-segment.ts';
import type { Launch, LaunchContext, StartOptions } from '../options.ts';
import { loadFunction } from '../platform/load-function.ts';
import { formatAdoption } from '../platform/process-at-start.ts';
import { scriptArguments, sharedEnvironment, sharedExecArguments } from '../platform/script-arguments.ts';
import { checkSessionDirectory } from '../platform/session.ts';
import { readLaunchOrder } from '../restart/launch-order.ts';
import { firstState, greetingOf, orderOf, recoveredFrom, resumeState } from './beginning.ts';
import { GuardedState } from './guarded-state.ts';
import { GuardianLink } from './guardian-link.ts';
import { keepExitCode } from './keep-exit-code.ts';
import { watchTerminal } from './watch-terminal.ts';

/**
 * Never resolves and never rejects: what comes after `await start()`, or after its `catch`, is for the
 * guardian. What goes wrong here ends the app as any uncaught exception does.
 */
export function runApp(directory: string, options: StartOptions<object>): Promise<never> {
  launchApp(directory, options).catch((error: unknown) => {
    // Outside of every promise, so that nothing in the script can catch it.
    setImmediate(() => {
      throw error;
    });
  });
  return new Promise(() => {});
}

async function launchApp(directory: string, options: StartOptions<object>): Promise<void> {
  let isLaunched = false;
  keepExitCode(() => isLaunched);
  const order = readLaunchOrder(directory) ?? orderOf(options);
  const resuming = resumeState(options, order);
  // It is waited for below, when what does not need it has been done.
  resuming.catch(() => {});
  const link = new GuardianLink(() => ({
    // The same script once more: its `start` finds the app that has lost its guardian.
    args: [...sharedExecArguments('the script'), ...scriptArguments()],
    env: sharedEnvironment(formatAdoption(directory)),
    greeting: greetingOf(order.attempt),
  }));
  link.inherit(readGuardianPid(directory));
  const { journal, hangTimeoutMs } = options;
  const guarded = new GuardedState({
    directory,
    journal,
    hangTimeoutMs,
    hasAutosave: order.autosave !== undefined,
    isAttached: false,
    isAutosaveOwn: options.autosave === undefined,
    link,
  });
  const recovered = await resuming;
  trace(() => (recovered === undefined ? 'begins with a first state' : 'has read the state that it resumes'));
  const state = guarded.begin(recovered ?? { state: firstState(options) });
  watchTerminal((modes) => guarded.noteTerminalModes(modes));
  trace(() => 'has told its state');
  const launch = await loadFunction<Launch<object>>('launch', options.launch);
  isLaunched = true;
  // Not within this promise either: what launch throws at once is an exception, not a rejection.
  const context: LaunchContext = {
    args: options.args ?? [],
    attempt: order.attempt,
    ...(recovered !== undefined && { recovered: recoveredFrom(recovered.from, order) }),
    durable: () => guarded.durable(),
    stats: () => guarded.stats(),
  };
  setImmediate(() => void launch(state, context));
}

function readGuardianPid(directory: string): number {
  checkSessionDirectory(directory);
  const control = FileControl.openIn(directory, 'read');
  try {
    return control.read(Control.guardianPid);
  } finally {
    control.close();
  }
}
