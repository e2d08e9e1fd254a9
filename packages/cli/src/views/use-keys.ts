import { type Key, useInput } from 'ink';

/** A key that has been pressed: a character, or one of those that have names. */
export interface PressedKey {
  readonly input: string;
  readonly key: Partial<Key>;
}

const NAMED: Readonly<Record<string, Partial<Key>>> = {
  '\r': { return: true },
  '\n': { return: true },
  '\t': { tab: true },
};

/**
 * Calls `press` for each key, one by one: what is typed quickly, or is held down, arrives in one piece, and is as many keys all the
 * same. `press` is not to look at what was rendered last: several may come before the next rendering.
 */
export function useKeys(press: (pressed: PressedKey) => void): void {
  useInput((input, key) => {
    if (key.ctrl || key.meta || input.length <= 1) {
      press({ input, key });
      return;
    }
    for (const character of input) {
      const named = NAMED[character];
      press(named === undefined ? { input: character, key: {} } : { input: '', key: named });
    }
  });
}
