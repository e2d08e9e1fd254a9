/**
 * A view on the whole screen of a terminal, and the terminal as it was when it ends, by whatever: a key, Ctrl-C, a signal, an
 * error of ours.
 *
 * What the view shows and where one is in it lives in a store of `@faultguard/react-hooks`, with no guard behind it: one process
 * looks, and dies without a loss.
 */
import { GuardProvider, hydrate } from '@faultguard/react-hooks';
import { render, useApp, useInput } from 'ink';
import type { ReactNode } from 'react';

/** Resolves when the user has left it. */
export async function openView(view: ReactNode): Promise<void> {
  let isInterrupted = false;
  const noteInterrupt = (): void => {
    isInterrupted = true;
  };
  const instance = render(
    <GuardProvider state={hydrate()}>
      <Leaving onInterrupt={noteInterrupt} />
      {view}
    </GuardProvider>,
    // Node is told to take a terminal of a continuous integration for none; who has one there sits in front of it.
    { alternateScreen: true, exitOnCtrlC: false, interactive: true },
  );
  await instance.waitUntilExit();
  // As in any other program: whoever has started it, a loop of a shell say, is to know.
  if (isInterrupted) process.kill(process.pid, 'SIGINT');
}

/** The terminal reads key by key, so Ctrl-C is a key like any other. */
function Leaving({ onInterrupt }: { readonly onInterrupt: () => void }): ReactNode {
  const { exit } = useApp();
  useInput((input, key) => {
    if (!key.ctrl || input !== 'c') return;
    onInterrupt();
    exit();
  });
  return null;
}
