/**
 * What stands in a state, made safe for a terminal: a string may hold escape sequences that move the cursor, change the
 * title, or type commands. Everything that comes from a file or a path goes through here.
 */

/**
 * C0 and C1 controls, DEL, line and paragraph separators, marks that change the direction of text, and halves of surrogate
 * pairs.
 */
// oxlint-disable-next-line eslint/no-control-regex -- these are what it is about
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export interface EscapeOptions {
  /** Lines stay lines: for a text of ours with something from outside in it. Default: no. */
  readonly keepsLines?: boolean;
}

export function escapeText(text: string, { keepsLines = false }: EscapeOptions = {}): string {
  return text.replaceAll(UNSAFE, (character) => {
    if (keepsLines && character === '\n') return character;
    return SHORT[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** For a text that has its own way to say it, as JSON has: `\u001b`. Lines stay lines. */
export function escapeAsJson(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    if (character === '\n') return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same as `escapeText`, cut to so many characters of the text; what is left out is counted. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return escapeText(text);
  return `${escapeText(text.slice(0, charsMax))}… ${text.length - charsMax} more`;
}
