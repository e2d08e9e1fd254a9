/** What an output sets in a terminal is found, however it is cut, and undone by what the terminal's manual says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModeScanner } from '../../src/terminal/mode-scanner.ts';
import { TerminalMode, undoModes } from '../../src/terminal/terminal-modes.ts';

/** All that the app of a table's row leaves set. */
function scan(...pieces: readonly string[]): number {
  const scanner = new ModeScanner();
  for (const piece of pieces) scanner.scan(piece);
  return scanner.bits;
}

function namesOf(bits: number): string[] {
  return Object.entries(TerminalMode).flatMap(([name, mode]) => ((bits & mode) === 0 ? [] : [name]));
}

const CSI = '\u001B[';

describe('a mode that is set is found, and one that is set back is not', () => {
  test.each<[set: string, unset: string, names: (keyof typeof TerminalMode)[]]>([
    [`${CSI}?1049h`, `${CSI}?1049l`, ['alternateScreen1049']],
    [`${CSI}?1049h`, `${CSI}?47l`, ['alternateScreen1049']],
    [`${CSI}?1047h`, `${CSI}?1047l`, ['alternateScreen1047']],
    [`${CSI}?47h`, `${CSI}?1049l`, ['alternateScreen47']],
    [`${CSI}?25l`, `${CSI}?25h`, ['cursorHidden']],
    [`${CSI}?1049;25h${CSI}?25l`, `${CSI}?25;1049h${CSI}?1049l`, ['alternateScreen1049', 'cursorHidden']],
    [`${CSI}?9h`, `${CSI}?9l`, ['mousePresses']],
    [`${CSI}?1000;1006h`, `${CSI}?1006;1000l`, ['mouseClicks', 'mouseSgr']],
    [`${CSI}?1002h`, `${CSI}?1002l`, ['mouseDrags']],
    [`${CSI}?1003h`, `${CSI}?1003l`, ['mouseMotion']],
    [`${CSI}?1005h`, `${CSI}?1005l`, ['mouseUtf8']],
    [`${CSI}?1015h`, `${CSI}?1015l`, ['mouseUrxvt']],
    [`${CSI}?1016h`, `${CSI}?1016l`, ['mousePixels']],
    [`${CSI}?1004h`, `${CSI}?1004l`, ['focusEvents']],
    [`${CSI}?2004h`, `${CSI}?2004l`, ['bracketedPaste']],
    [`${CSI}?1h\u001B=`, `${CSI}?1l\u001B>`, ['applicationCursorKeys', 'applicationKeypad']],
    [`${CSI}?66h`, `${CSI}?66l`, ['applicationKeypad']],
    [`${CSI}?7l`, `${CSI}?7h`, ['wrapOff']],
    [`${CSI}?2026h`, `${CSI}?2026l`, ['synchronizedUpdate']],
    [`${CSI}>1u`, `${CSI}<u`, ['kittyPushed']],
    [`${CSI}>1u${CSI}>5u`, `${CSI}<2u`, ['kittyPushed', 'kittyPushedTwice']],
    [`${CSI}>u${CSI}>u${CSI}>u${CSI}<u`, `${CSI}<9u`, ['kittyPushed', 'kittyPushedTwice']],
    [`${CSI}?1049h${CSI}>1u`, `${CSI}<u${CSI}?1049l`, ['alternateScreen1049', 'kittyPushedInAlternate']],
    [`${CSI}=1u`, `${CSI}=0u`, ['kittyFlags']],
    [`${CSI}>4;2m`, `${CSI}>4m`, ['modifyOtherKeys']],
    [`${CSI}>4;1m`, `${CSI}>4;0m`, ['modifyOtherKeys']],
    [`${CSI}>4;1m`, `${CSI}>4n`, ['modifyOtherKeys']],
    [`${CSI}2;20r`, `${CSI}r`, ['scrollRegion']],
    [`${CSI};20r`, `${CSI}!p`, ['scrollRegion']],
    [`${CSI}?5h`, `${CSI}?5l`, ['reverseVideo']],
    [`${CSI}?6h`, `${CSI}?6l`, ['originMode']],
    [`${CSI}4h`, `${CSI}4l`, ['insertMode']],
    [`${CSI}5 q`, `${CSI}0 q`, ['cursorShape']],
    ['\u001B(0', '\u001B(B', ['lineDrawing']],
    [`${CSI}1;31m`, `${CSI}m`, ['styled']],
    [`${CSI}1;31m`, `${CSI}22;39m`, ['styled']],
    [`${CSI}0;1m`, `${CSI}0m`, ['styled']],
    [`${CSI}38;5;0m`, `${CSI}39m`, ['styled']],
    [`${CSI}48;2;0;0;0m`, `${CSI}49m`, ['styled']],
    [`${CSI}38:2::0:0:0m`, `${CSI}39m`, ['styled']],
    [`${CSI}4:3m`, `${CSI}4:0m`, ['styled']],
    [`${CSI}58:5:1m`, `${CSI}59m`, ['styled']],
    [
      `${CSI}?25l${CSI}?1003h${CSI}7m${CSI}>1u`,
      '\u001Bc',
      ['cursorHidden', 'mouseMotion', 'kittyPushed', 'styled'],
    ],
    // Carried out by a terminal in the middle of a sequence, which goes on.
    [`${CSI}?2\n5l`, `${CSI}?25h`, ['cursorHidden']],
  ])('%j, %j', (set, unset, names) => {
    expect(namesOf(scan(set))).toEqual(names);
    expect(namesOf(scan(set, unset))).toEqual([]);
    expect(namesOf(scan(set, undoModes(scan(set))))).toEqual([]);
  });
});

test.each([
  'text without an escape, and [?25l without one',
  '\u001B]0;a title [?25l\u0007',
  '\u001B]8;;https://example.com\u001B\\link\u001B]8;;\u001B\\',
  `${CSI}2J${CSI}H${CSI}3;4H${CSI}K${CSI}?1;2c${CSI}6n`,
  // Saved and restored by number, not a scroll region.
  `${CSI}?1049r${CSI}?25s`,
  `${CSI}38;5;1;39m`,
  // Modes of ANSI with numbers that mean something else to DEC.
  `${CSI}25l${CSI}1049h`,
  // Broken off.
  `${CSI}?25\u0018l`,
  `${CSI}?25\u001B[H`,
  `${CSI}?25ül`,
  `${CSI}?${'0'.repeat(300)}25l`,
])('%j changes nothing', (text) => {
  expect(namesOf(scan(text))).toEqual([]);
});

test('a mode that is set and set back in one piece is told while it goes out', () => {
  const scanner = new ModeScanner();
  expect(namesOf(scanner.scan(`${CSI}?2026hframe${CSI}?2026l`))).toEqual(['synchronizedUpdate']);
  expect(scanner.bits).toBe(0);
});

const PIECES = fc.oneof(
  fc.constantFrom(
    '\u001B',
    '\u001B[',
    '?',
    '>',
    '<',
    ';',
    ':',
    'h',
    'l',
    'm',
    'u',
    'r',
    'c',
    '(0',
    '\u0018',
    '\n',
    'é😀',
    '1'.repeat(120),
  ),
  fc.constantFrom(...[1, 4, 7, 25, 38, 47, 1000, 1003, 1049, 2004, 2026].map(String)),
  fc
    .tuple(
      fc.constantFrom('', '?', '>', '<', '='),
      fc.array(fc.nat({ max: 2100 }), { maxLength: 40 }),
      fc.constantFrom('h', 'l', 'm', 'u', 'r', 'n', 'p', 'q'),
    )
    .map(([prefix, numbers, final]) => `${CSI}${prefix}${numbers.join(';')}${final}`),
  fc.string(),
);

test('an output that is cut anywhere sets the same modes', () => {
  fc.assert(
    fc.property(fc.array(PIECES, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 5 }), (pieces, cuts) => {
      const text = pieces.join('');
      const places = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
      const cut = [...places, text.length].map((place, index) => text.slice(places[index - 1] ?? 0, place));
      expect(namesOf(scan(...cut))).toEqual(namesOf(scan(text)));
      expect(namesOf(scan(...text.split('')))).toEqual(namesOf(scan(text)));
    }),
    { numRuns: 2000 },
  );
});

test('what undoes the modes of any output leaves none of them, and is empty for none', () => {
  fc.assert(
    fc.property(fc.array(PIECES, { maxLength: 30 }), (pieces) => {
      // The cancel ends what the output has left open.
      const bits = scan(...pieces, '\u0018');
      expect(undoModes(bits) === '').toBe(bits === 0);
      const after = namesOf(scan(...pieces, '\u0018', undoModes(bits)));
      // More than two levels of kitty's stack, and a stack of a screen that is left.
      expect(after.filter((name) => !name.startsWith('kittyPushed'))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('bits that mean nothing are passed over', () => {
  expect(undoModes(0)).toBe('');
  expect(undoModes(-0x8000_0000)).toBe('');
});
