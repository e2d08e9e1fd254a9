import { expect, test } from 'vitest';
import { cutText, escapeAsJson, escapeText } from '../../src/terminal/escape-text.ts';

test.each([
  ['a title \u001b]0;owned\u0007', 'a title \\u{1b}]0;owned\\u{7}'],
  ['C1 \u009b31m', 'C1 \\u{9b}31m'],
  ['DEL \u007f', 'DEL \\u{7f}'],
  ['lines\r\n\tand more', 'lines\\r\\n\\tand more'],
  ['another direction \u202egnp.exe', 'another direction \\u{202e}gnp.exe'],
  ['half a pair \ud83d', 'half a pair \\u{d83d}'],
  ['a whole one 🎉, ä, 漢', 'a whole one 🎉, ä, 漢'],
])('%j is shown as %j.', (text, shown) => {
  expect(escapeText(text)).toBe(shown);
});

test('JSON stays the same JSON.', () => {
  const value = { text: '\u009b31m \u202e \u007f \u2028', next: ['🎉'] };
  const escaped = escapeAsJson(JSON.stringify(value, undefined, 2));
  expect(escaped).not.toMatch(/[\u0080-\u009f\u007f\u2028\u202e]/);
  expect(JSON.parse(escaped)).toEqual(value);
});

test('What is too long is cut, and told how much.', () => {
  expect(cutText('x'.repeat(30), 10)).toBe('xxxxxxxxxx… 20 more');
});
