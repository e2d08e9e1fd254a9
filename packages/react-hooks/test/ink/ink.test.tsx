/** The hooks in Ink, by its testing library: a renderer without a document. */
import { waitFor } from '@faultguard/test-kit';
import { Box, Text, useInput } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { type ReactElement, type ReactNode, StrictMode } from 'react';
import { afterEach, expect, test } from 'vitest';
import { createGuardHooks, GuardProvider } from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

interface State {
  lines: string[];
  draft: string;
}

const { useGuardedState, useGuardedReducer, useGuardStatus } = createGuardHooks<State>();

afterEach(cleanup);

function Editor(): ReactNode {
  const [lines, setLines] = useGuardedState('lines', []);
  const [draft, type] = useGuardedReducer(
    'draft',
    (text, input: string) => (input === '\r' ? '' : text + input),
    '',
  );
  const status = useGuardStatus();
  useInput((input, key) => {
    if (key.return) setLines((all) => [...all, draft]);
    type(key.return ? '\r' : input);
  });
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        <Text key={index}>{line}</Text>
      ))}
      <Text>{`> ${draft}`}</Text>
      <Text>{status?.degraded === false ? 'guarded' : 'not guarded'}</Text>
    </Box>
  );
}

test('what is typed is on the screen, and in the state', async () => {
  const guard = await openGuard<State>(() => ({ lines: ['before'], draft: '' }));
  const { state } = guard;
  const { lastFrame, stdin, unmount } = render(
    <StrictMode>
      <GuardProvider state={state} guard={guard}>
        <Editor />
      </GuardProvider>
    </StrictMode>,
  );
  await waitFor('the first frame', () => lastFrame() === 'before\n>\nguarded');
  await waitFor('the input to be listened to', () => stdin.listenerCount('readable') > 0);
  for (const input of ['hel', 'lo', '\r', 'x']) {
    const before = JSON.stringify(state);
    stdin.write(input);
    await waitFor('the state to have it', () => JSON.stringify(state) !== before);
  }
  expect(state).toEqual({ lines: ['before', 'hello'], draft: 'x' });
  await waitFor('the frame', () => lastFrame() === 'before\nhello\n> x\nguarded');
  state.lines.push('from outside');
  await waitFor('the next frame', () => lastFrame() === 'before\nhello\nfrom outside\n> x\nguarded');
  unmount();
});

test('a screen that is there again shows what there was', async () => {
  const guard = await openGuard<State>(() => ({ lines: ['one'], draft: 'half a wo' }));
  const screen = (): ReactElement => (
    <GuardProvider state={guard.state} guard={guard}>
      <Editor />
    </GuardProvider>
  );
  const first = render(screen());
  await waitFor('the first frame', () => first.lastFrame()?.includes('> half a wo'));
  const frame = first.lastFrame();
  first.unmount();
  guard.state.lines.push('two');
  guard.state.lines.pop();
  const second = render(screen());
  await waitFor('the same frame', () => second.lastFrame() === frame);
  expect(frame).toBe('one\n> half a wo\nguarded');
});
