/**
 * What a full-screen app switches on in its terminal, as bits of one word: found in its output by the app
 * (mode-scanner.ts), undone by the guardian when the app could not. Pure.
 *
 * Invariant: the guardian writes nothing but the sequences that stand here, whatever the word says: it comes from a process
 * that has crashed.
 *
 * Sources: "XTerm Control Sequences" (ctlseqs) for all but the last two. Kitty's keyboard protocol:
 * https://sw.kovidgoyal.net/kitty/keyboard-protocol. Synchronized output: the specification of Christian Parpart,
 * https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036.
 */

/** Part of the journal's control file: a bit keeps its meaning. */
export const TerminalMode = {
  alternateScreen47: 0x1,
  alternateScreen1047: 0x2,
  /** The one of today: also saves the cursor, and puts it back. */
  alternateScreen1049: 0x4,
  cursorHidden: 0x8,
  mousePresses: 0x10,
  mouseClicks: 0x20,
  mouseDrags: 0x40,
  mouseMotion: 0x80,
  mouseUtf8: 0x100,
  mouseSgr: 0x200,
  mouseUrxvt: 0x400,
  mousePixels: 0x800,
  focusEvents: 0x1000,
  bracketedPaste: 0x2000,
  applicationCursorKeys: 0x4000,
  applicationKeypad: 0x8000,
  wrapOff: 0x1_0000,
  synchronizedUpdate: 0x2_0000,
  /** Each screen has a stack of its own for flags of the keyboard. Two levels are told apart. */
  kittyPushed: 0x4_0000,
  kittyPushedTwice: 0x8_0000,
  kittyPushedInAlternate: 0x10_0000,
  kittyPushedTwiceInAlternate: 0x20_0000,
  /** Flags that were set without a push. */
  kittyFlags: 0x40_0000,
  modifyOtherKeys: 0x80_0000,
  scrollRegion: 0x100_0000,
  /** Any colour or attribute of text. */
  styled: 0x200_0000,
  reverseVideo: 0x400_0000,
  originMode: 0x800_0000,
  insertMode: 0x1000_0000,
  cursorShape: 0x2000_0000,
  lineDrawing: 0x4000_0000,
} as const;

export const ALTERNATE_SCREEN: number =
  TerminalMode.alternateScreen47 | TerminalMode.alternateScreen1047 | TerminalMode.alternateScreen1049;

export const ESC = '\u001B';
const CSI = `${ESC}[`;

/**
 * In the order in which they are undone. First what a terminal shows or sends while the rest goes on; then what
 * belongs to the alternate screen; that screen; and what is seen on the main one.
 */
const UNDO: readonly (readonly [mode: number, sequence: string])[] = [
  [TerminalMode.synchronizedUpdate, `${CSI}?2026l`],
  [TerminalMode.mousePresses, `${CSI}?9l`],
  [TerminalMode.mouseClicks, `${CSI}?1000l`],
  [TerminalMode.mouseDrags, `${CSI}?1002l`],
  [TerminalMode.mouseMotion, `${CSI}?1003l`],
  [TerminalMode.mouseUtf8, `${CSI}?1005l`],
  [TerminalMode.mouseSgr, `${CSI}?1006l`],
  [TerminalMode.mouseUrxvt, `${CSI}?1015l`],
  [TerminalMode.mousePixels, `${CSI}?1016l`],
  [TerminalMode.focusEvents, `${CSI}?1004l`],
  [TerminalMode.bracketedPaste, `${CSI}?2004l`],
  [TerminalMode.modifyOtherKeys, `${CSI}>4m`],
  [TerminalMode.applicationCursorKeys, `${CSI}?1l`],
  [TerminalMode.applicationKeypad, `${ESC}>`],
  [TerminalMode.insertMode, `${CSI}4l`],
  [TerminalMode.lineDrawing, `${ESC}(B`],
  [TerminalMode.wrapOff, `${CSI}?7h`],
];
const UNDO_ALTERNATE_SCREEN: readonly (readonly [mode: number, sequence: string])[] = [
  [TerminalMode.kittyFlags, `${CSI}=0u`],
  [TerminalMode.kittyPushedInAlternate, `${CSI}<u`],
  [TerminalMode.kittyPushedTwiceInAlternate, `${CSI}<u`],
  [TerminalMode.originMode, `${CSI}?6l`],
  [TerminalMode.scrollRegion, `${CSI}r`],
  [TerminalMode.alternateScreen47, `${CSI}?47l`],
  [TerminalMode.alternateScreen1047, `${CSI}?1047l`],
  [TerminalMode.alternateScreen1049, `${CSI}?1049l`],
];
/** These send the cursor home. On the main screen it is put back; not after the first: that would be put back too. */
const UNDO_CURSOR_MOVERS: readonly (readonly [mode: number, sequence: string])[] = [
  [TerminalMode.originMode, `${CSI}?6l`],
  [TerminalMode.scrollRegion, `${ESC}7${CSI}r${ESC}8`],
];
const UNDO_MAIN_SCREEN: readonly (readonly [mode: number, sequence: string])[] = [
  [TerminalMode.kittyFlags, `${CSI}=0u`],
  [TerminalMode.kittyPushed, `${CSI}<u`],
  [TerminalMode.kittyPushedTwice, `${CSI}<u`],
  [TerminalMode.cursorShape, `${CSI}0 q`],
  [TerminalMode.cursorHidden, `${CSI}?25h`],
  [TerminalMode.reverseVideo, `${CSI}?5l`],
  [TerminalMode.styled, `${CSI}0m`],
];

/** The sequences that undo exactly the modes in `bits`; empty when there are none. Other bits mean nothing. */
export function undoModes(bits: number): string {
  const isAlternate = (bits & ALTERNATE_SCREEN) !== 0;
  return [...UNDO, ...(isAlternate ? UNDO_ALTERNATE_SCREEN : UNDO_CURSOR_MOVERS), ...UNDO_MAIN_SCREEN]
    .filter(([mode]) => (bits & mode) !== 0)
    .map(([, sequence]) => sequence)
    .join('');
}
