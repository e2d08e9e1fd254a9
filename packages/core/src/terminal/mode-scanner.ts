/**
 * Finds which modes an output sets in its terminal: the app's side of terminal-modes.ts. Pure.
 *
 * Invariants:
 * 1. However the output is cut into pieces, the same modes are found.
 * 2. A sequence counts only when it is whole, as for the terminal.
 *
 * Sources: as in terminal-modes.ts.
 */
import { ALTERNATE_SCREEN, ESC, TerminalMode } from './terminal-modes.ts';

/** What DECSTR, the soft reset, puts right: ctlseqs, `CSI ! p`, after DEC STD 070. Colours apart. */
const SOFT_RESET: number =
  TerminalMode.cursorHidden |
  TerminalMode.applicationCursorKeys |
  TerminalMode.applicationKeypad |
  TerminalMode.scrollRegion |
  TerminalMode.originMode |
  TerminalMode.insertMode |
  TerminalMode.lineDrawing;

/** Modes of DEC by their number, `CSI ? number h` and `l`, that `h` changes. */
const CHANGED_BY_SET: ReadonlyMap<number, number> = new Map([
  [1, TerminalMode.applicationCursorKeys],
  [5, TerminalMode.reverseVideo],
  [6, TerminalMode.originMode],
  [9, TerminalMode.mousePresses],
  [47, TerminalMode.alternateScreen47],
  [66, TerminalMode.applicationKeypad],
  [1000, TerminalMode.mouseClicks],
  [1002, TerminalMode.mouseDrags],
  [1003, TerminalMode.mouseMotion],
  [1004, TerminalMode.focusEvents],
  [1005, TerminalMode.mouseUtf8],
  [1006, TerminalMode.mouseSgr],
  [1015, TerminalMode.mouseUrxvt],
  [1016, TerminalMode.mousePixels],
  [1047, TerminalMode.alternateScreen1047],
  [1049, TerminalMode.alternateScreen1049],
  [2004, TerminalMode.bracketedPaste],
  [2026, TerminalMode.synchronizedUpdate],
]);
/** Those that are on in a terminal that nobody has touched. */
const CHANGED_BY_RESET: ReadonlyMap<number, number> = new Map([
  [7, TerminalMode.wrapOff],
  [25, TerminalMode.cursorHidden],
]);

/** Longer than any sequence of a mode. Longer ones are passed over, so that no more than this is ever kept. */
const SEQUENCE_CHARS_MAX = 256;
/** As many as xterm takes in one sequence (NPARAM), and some. Further ones are passed over. */
const NUMBERS_MAX = 32;
const NUMBER_MAX = 65_535;

const Code = {
  cancel: 0x18,
  substitute: 0x1a,
  escape: 0x1b,
  space: 0x20,
  exclamation: 0x21,
  openParenthesis: 0x28,
  zero: 0x30,
  colon: 0x3a,
  semicolon: 0x3b,
  less: 0x3c,
  equals: 0x3d,
  greater: 0x3e,
  question: 0x3f,
  at: 0x40,
  openBracket: 0x5b,
  c: 0x63,
  h: 0x68,
  l: 0x6c,
  m: 0x6d,
  n: 0x6e,
  p: 0x70,
  q: 0x71,
  r: 0x72,
  u: 0x75,
  delete: 0x7f,
} as const;

const NONE = -1;

/** The parser of one terminal: it is given all that goes there, in its order. */
export class ModeScanner {
  #modes = 0;
  /** A bit for each attribute of text that is not the default. */
  #style = 0;
  /** Levels of kitty's stacks that are the app's: of the main screen, and of the alternate one. */
  #pushed = 0;
  #pushedInAlternate = 0;
  /** The beginning of a sequence that the next piece goes on with. */
  #carry = '';
  /** Of the sequence under way: its numbers, and beside each the first one behind a colon, or NONE. */
  readonly #numbers: Int32Array = new Int32Array(NUMBERS_MAX);
  readonly #subnumbers: Int32Array = new Int32Array(NUMBERS_MAX);
  #count = 0;

  /** The modes that are set now. */
  get bits(): number {
    let bits = this.#modes;
    if (this.#style !== 0) bits |= TerminalMode.styled;
    if (this.#pushed > 0) bits |= TerminalMode.kittyPushed;
    if (this.#pushed > 1) bits |= TerminalMode.kittyPushedTwice;
    if (this.#pushedInAlternate > 0) bits |= TerminalMode.kittyPushedInAlternate;
    if (this.#pushedInAlternate > 1) bits |= TerminalMode.kittyPushedTwiceInAlternate;
    return bits;
  }

  /**
   * Takes the next piece of the output: text, or bytes as Latin-1. Returns the modes that are set at any moment while a
   * terminal takes it, those from before included. Without an escape in it, that costs one `indexOf`.
   */
  scan(text: string): number {
    let during = this.bits;
    const hasCarry = this.#carry !== '';
    const input = hasCarry ? this.#carry + text : text;
    let at = hasCarry ? 0 : input.indexOf(ESC);
    this.#carry = '';
    while (at >= 0) {
      const end = this.#readSequence(input, at);
      if (end > input.length) {
        if (input.length - at < SEQUENCE_CHARS_MAX) this.#carry = input.slice(at);
        break;
      }
      during |= this.bits;
      at = input.indexOf(ESC, end);
    }
    return during;
  }

  /**
   * Reads the sequence that begins at `from`. Returns the index behind it, or where it is broken off, or one beyond the
   * end of the input when it goes on in the next piece.
   */
  #readSequence(input: string, from: number): number {
    const end = Math.min(input.length, from + SEQUENCE_CHARS_MAX);
    let isControl = false;
    let prefix = 0;
    let intermediate = 0;
    let colons = 0;
    this.#beginNumber(0);
    for (let index = from + 1; index < end; index++) {
      const code = input.charCodeAt(index);
      if (code === Code.escape) return index;
      if (code === Code.cancel || code === Code.substitute || code > Code.delete) return index + 1;
      // A terminal carries other control characters out in the middle of a sequence, and goes on with it.
      if (code < Code.space || code === Code.delete) continue;
      if (!isControl) {
        if (code === Code.openBracket && intermediate === 0) isControl = true;
        else if (code < Code.zero) intermediate = code;
        else {
          this.#applyEscape(intermediate, code);
          return index + 1;
        }
      } else if (code >= Code.at) {
        this.#count = Math.min(this.#count + 1, NUMBERS_MAX);
        this.#applyControl(prefix, intermediate, code);
        return index + 1;
      } else if (code < Code.zero) intermediate = code;
      else if (code >= Code.less) prefix = code;
      else if (code === Code.semicolon) {
        colons = 0;
        this.#beginNumber(this.#count + 1);
      } else if (code === Code.colon) {
        colons++;
        if (colons === 1) this.#subnumbers[this.#count] = 0;
      } else if (colons === 0) addDigit(this.#numbers, this.#count, code - Code.zero);
      else if (colons === 1) addDigit(this.#subnumbers, this.#count, code - Code.zero);
    }
    // Too long: what is left of it is text.
    if (end === from + SEQUENCE_CHARS_MAX) return end;
    return input.length + 1;
  }

  /** What is stored behind the end of these arrays is passed over by the language. */
  #beginNumber(index: number): void {
    this.#count = index;
    this.#numbers[index] = 0;
    this.#subnumbers[index] = NONE;
  }

  #number(index: number): number {
    return index < this.#count ? (this.#numbers[index] as number) : 0;
  }

  #applyEscape(intermediate: number, final: number): void {
    // Into G0: "0" are the lines, anything else is letters.
    if (intermediate === Code.openParenthesis) this.#setMode(TerminalMode.lineDrawing, final === Code.zero);
    if (intermediate !== 0) return;
    if (final === Code.equals) this.#setMode(TerminalMode.applicationKeypad, true);
    else if (final === Code.greater) this.#setMode(TerminalMode.applicationKeypad, false);
    // RIS: as after power-on.
    else if (final === Code.c) this.#reset();
  }

  #applyControl(prefix: number, intermediate: number, final: number): void {
    if (intermediate !== 0) {
      if (prefix !== 0) return;
      if (intermediate === Code.exclamation && final === Code.p) this.#resetSoftly();
      if (intermediate === Code.space && final === Code.q) {
        this.#setMode(TerminalMode.cursorShape, this.#number(0) !== 0);
      }
      return;
    }
    if (final === Code.h || final === Code.l) this.#applyModes(prefix, final === Code.h);
    else if (final === Code.m && prefix === 0) this.#applyStyle();
    else if (final === Code.r && prefix === 0) {
      this.#setMode(TerminalMode.scrollRegion, this.#number(0) > 1 || this.#number(1) > 0);
    } else if (final === Code.u) this.#applyKitty(prefix);
    else if (prefix === Code.greater && this.#number(0) === 4) {
      if (final === Code.m) this.#setMode(TerminalMode.modifyOtherKeys, this.#number(1) > 0);
      if (final === Code.n) this.#setMode(TerminalMode.modifyOtherKeys, false);
    }
  }

  #applyModes(prefix: number, isSet: boolean): void {
    for (let index = 0; index < this.#count; index++) {
      const number = this.#number(index);
      if (prefix === 0) {
        if (number === 4) this.#setMode(TerminalMode.insertMode, isSet);
        continue;
      }
      if (prefix !== Code.question) continue;
      const mode = CHANGED_BY_SET.get(number);
      // Each of the three ways back leaves it, whichever way it was entered.
      if (mode !== undefined && !isSet && (mode & ALTERNATE_SCREEN) !== 0) {
        this.#setMode(ALTERNATE_SCREEN, false);
      } else if (mode !== undefined) this.#setMode(mode, isSet);
      const opposite = CHANGED_BY_RESET.get(number);
      if (opposite !== undefined) this.#setMode(opposite, !isSet);
    }
  }

  #applyKitty(prefix: number): void {
    const first = this.#number(0);
    if (prefix === Code.equals) {
      // The second number: 1 sets these flags and no others, 2 sets them too, 3 clears them.
      const how = this.#number(1);
      if (how === 2) {
        if (first !== 0) this.#setMode(TerminalMode.kittyFlags, true);
      } else if (how !== 3) this.#setMode(TerminalMode.kittyFlags, first !== 0);
      return;
    }
    const isPop = prefix === Code.less;
    if (!isPop && prefix !== Code.greater) return;
    const levels = isPop ? -Math.max(first, 1) : 1;
    if ((this.#modes & ALTERNATE_SCREEN) === 0) this.#pushed = Math.max(this.#pushed + levels, 0);
    else this.#pushedInAlternate = Math.max(this.#pushedInAlternate + levels, 0);
  }

  #applyStyle(): void {
    for (let index = 0; index < this.#count; index++) {
      const number = this.#number(index);
      const subnumber = this.#subnumbers[index] as number;
      if (number === 0) this.#style = 0;
      // Underlined in the style 0 is not underlined.
      else if (number === 4 && subnumber === 0) this.#style &= ~styleOf(4);
      else if (number in STYLE_ENDS) this.#style &= ~(STYLE_ENDS[number] as number);
      else this.#style |= styleOf(number);
      if ((number === 38 || number === 48 || number === 58) && subnumber === NONE) {
        // A colour of a palette is one more number, one of red, green and blue three more.
        const kind = this.#number(index + 1);
        if (kind === 5) index += 2;
        else if (kind === 2) index += 4;
      }
    }
  }

  #setMode(mode: number, isSet: boolean): void {
    this.#modes = isSet ? this.#modes | mode : this.#modes & ~mode;
  }

  #resetSoftly(): void {
    this.#setMode(SOFT_RESET, false);
    this.#style = 0;
  }

  #reset(): void {
    this.#modes = 0;
    this.#style = 0;
    this.#pushed = 0;
    this.#pushedInAlternate = 0;
  }
}

function addDigit(numbers: Int32Array, index: number, digit: number): void {
  numbers[index] = Math.min((numbers[index] ?? 0) * 10 + digit, NUMBER_MAX);
}

/** ctlseqs, `CSI Pm m`, and mintty for 73 and 74: what each number begins. */
const STYLE_BEGINS: readonly (readonly [from: number, to: number, style: number])[] = [
  [1, 2, 1 << 0],
  [3, 3, 1 << 1],
  [4, 4, 1 << 2],
  [5, 6, 1 << 3],
  [7, 7, 1 << 4],
  [8, 8, 1 << 5],
  [9, 9, 1 << 6],
  [11, 19, 1 << 7],
  [20, 20, 1 << 1],
  [21, 21, 1 << 2],
  [26, 26, 1 << 8],
  [30, 38, 1 << 9],
  [40, 48, 1 << 10],
  [51, 52, 1 << 11],
  [53, 53, 1 << 12],
  [58, 58, 1 << 13],
  [73, 74, 1 << 14],
  [90, 97, 1 << 9],
  [100, 107, 1 << 10],
];
/** And what ends it. */
const STYLE_ENDS: Readonly<Record<number, number>> = {
  10: 1 << 7,
  22: 1 << 0,
  23: 1 << 1,
  24: 1 << 2,
  25: 1 << 3,
  27: 1 << 4,
  28: 1 << 5,
  29: 1 << 6,
  39: 1 << 9,
  49: 1 << 10,
  50: 1 << 8,
  54: 1 << 11,
  55: 1 << 12,
  59: 1 << 13,
  75: 1 << 14,
};

function styleOf(number: number): number {
  return STYLE_BEGINS.find(([from, to]) => number >= from && number <= to)?.[2] ?? 0;
}
