/**
 * A chat in the terminal, by Ink: what has been said, and the line that is being typed, are the guarded state. Killed in
 * the midst of a word it comes back with the same screen.
 *
 *   node ink-chat.mjs         type, press enter; the first line says which process it is
 *   kill -9 <that process>    from another terminal; then type on
 *   Ctrl-C                    ends it
 */
import { createElement as h, useSyncExternalStore } from 'react';
import { Box, render, Text, useApp, useInput } from 'ink';
import { snapshot, start, subscribe } from '@faultguard/core';

/** A node of the guarded state, rendered again whenever anything in it changes. */
function useGuarded(node) {
  return useSyncExternalStore(
    (listener) => subscribe(node, listener),
    () => snapshot(node),
  );
}

function Chat({ chat }) {
  const { messages, draft } = useGuarded(chat);
  const { exit } = useApp();
  useInput((input, key) => {
    if (key.ctrl && input === 'c') exit();
    else if (key.return) {
      if (chat.draft === '') return;
      chat.messages.push({ from: 'you', text: chat.draft }, { from: 'echo', text: chat.draft.toUpperCase() });
      chat.draft = '';
    } else if (key.backspace || key.delete) chat.draft = chat.draft.slice(0, -1);
    else if (!key.ctrl && !key.meta) chat.draft += input;
  });
  return h(
    Box,
    { flexDirection: 'column' },
    h(Text, { dimColor: true }, `process ${process.pid}`),
    ...messages.map(({ from, text }, index) => h(Text, { key: index }, `${from}: ${text}`)),
    h(Text, { color: 'green' }, `> ${draft}█`),
  );
}

await start({
  initial: () => ({ messages: [], draft: '' }),
  launch: async (chat) => {
    const app = render(h(Chat, { chat }), { exitOnCtrlC: false });
    await app.waitUntilExit();
  },
  // The last screen is wiped: the next one is the same.
  rescue: () => console.clear(),
  restart: {},
});
