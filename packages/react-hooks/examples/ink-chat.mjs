/**
 * A chat in the terminal, by Ink: history, the line that is being typed with its cursor, the selected message and the scroll
 * position are the guarded state. Killed in the midst of a word it comes back to the same screen; ended, it is there again
 * tomorrow.
 *
 *   node ink-chat.mjs           the first line says which process it is: kill -9 it from another terminal, and type on
 *   node ink-chat.mjs --once    is not started again after a crash: you do that
 *
 * Enter sends, or takes the selected message into the line · up, down select · page up, page down scroll · escape lets go ·
 * Ctrl-O fills the heap until the process dies · Ctrl-C ends
 */
import { start } from '@faultguard/core';
import { createGuardHooks, GuardProvider } from '@faultguard/react-hooks';
import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink';
import { createElement as h } from 'react';

const { useGuardedState, useGuardedReducer, useCrash } = createGuardHooks();

const EMPTY = { text: '', cursor: 0 };

/** What keys do to the line that is being typed; without a key it is emptied. */
function edit({ text, cursor }, { input, key } = {}) {
  if (key === undefined) return EMPTY;
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)];
  if (key.leftArrow) return { text, cursor: Math.max(0, cursor - 1) };
  if (key.rightArrow) return { text, cursor: Math.min(text.length, cursor + 1) };
  if (key.backspace || key.delete)
    return { text: before.slice(0, -1) + after, cursor: Math.max(0, cursor - 1) };
  if (key.ctrl || key.meta) return { text, cursor };
  return { text: before + input + after, cursor: cursor + input.length };
}

function Chat() {
  const [messages, setMessages] = useGuardedState('messages', []);
  const [line, editLine] = useGuardedReducer('line', edit, EMPTY);
  const [selected, select] = useGuardedState('selected', null);
  const [scrolled, scroll] = useGuardedState('scrolled', 0);
  const crash = useCrash();
  const { exit } = useApp();
  const { rows } = useWindowSize();
  const height = Math.max(1, rows - 4);

  const send = (text) => {
    if (text === '') return;
    setMessages((all) => [...all, { from: 'you', text }, { from: 'echo', text: text.toUpperCase() }]);
    editLine();
  };

  useInput((input, key) => {
    const last = messages.length - 1;
    if (key.ctrl && input === 'c') exit();
    else if (key.ctrl && input === 'o') fillHeap();
    else if (key.escape) {
      select(null);
      scroll(0);
    } else if (key.upArrow) select((now) => Math.max(0, (now ?? last + 1) - 1));
    else if (key.downArrow) select((now) => (now === null || now === last ? null : now + 1));
    else if (key.pageUp) scroll((now) => Math.min(Math.max(0, messages.length - height), now + height - 1));
    else if (key.pageDown) scroll((now) => Math.max(0, now - height + 1));
    else if (key.return && selected !== null) {
      editLine({ key: {}, input: messages[selected].text });
      select(null);
    } else if (key.return) send(line.text);
    else editLine({ input, key });
  });

  const end = messages.length - scrolled;
  const shown = messages.slice(Math.max(0, end - height), end);
  const first = Math.max(0, end - height);
  const welcome = crash === undefined ? '' : `, welcome back from ${crash.signal ?? crash.kind}`;
  const [before, under, after] = [
    line.text.slice(0, line.cursor),
    line.text[line.cursor] ?? ' ',
    line.text.slice(line.cursor + 1),
  ];
  return h(
    Box,
    { flexDirection: 'column' },
    h(Text, { dimColor: true }, `process ${process.pid}${welcome}`),
    ...shown.map(({ from, text }, index) =>
      h(
        Text,
        { key: first + index, inverse: first + index === selected, wrap: 'truncate' },
        `${first + index === selected ? '>' : ' '} ${from}: ${text}`,
      ),
    ),
    h(Text, { dimColor: true }, scrolled === 0 ? '—' : `— ${scrolled} more below`),
    h(Text, { color: 'green' }, `> ${before}`, h(Text, { inverse: true }, under), after),
  );
}

function fillHeap() {
  const waste = [];
  for (;;) waste.push(Array.from({ length: 10_000 }, () => ({ waste })));
}

await start({
  autosave: { path: 'ink-chat.xz', existing: 'resume', keep: 'always' },
  launch: async (state, context) => {
    const screen = h(GuardProvider, { state, guard: context }, h(Chat));
    await render(screen, { exitOnCtrlC: false }).waitUntilExit();
  },
  // The last screen is wiped: the next one is the same.
  rescue: () => console.clear(),
  ...(process.argv.includes('--once') ? {} : { restart: {} }),
});
