/**
 * A test of the language, changed so that what it makes is guarded: each array, object, regular expression and instance of a
 * builtin that stands in its text is handed through a function, which puts it into the state and gives back what is there.
 */
import { type AnyNode, parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { MagicString } from 'magic-string';

/** What the text calls that function. */
export const GUARD = '__guard';

/** `TA` is what the tests of typed arrays call the one that they are run with. */
const CONSTRUCTORS: ReadonlySet<string> = new Set(
  `Array Object Map Set Date RegExp Number String Boolean ArrayBuffer DataView TA Int8Array Uint8Array Uint8ClampedArray
  Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Error AggregateError
  EvalError RangeError ReferenceError SyntaxError TypeError URIError`.split(/\s+/),
);
/** Make an object without `new` too. */
const CALLED: ReadonlySet<string> = new Set([
  'Array',
  'Object',
  'RegExp',
  'Error',
  'TypeError',
  'RangeError',
]);
/** What is handed to these says how something is made, and is no value of its own. */
const TAKES_DESCRIPTIONS = /^(Object\.(defineProperty|defineProperties|create)|Reflect\.defineProperty)$/;

/** `count`: how many values are handed through. Throws SyntaxError. */
export function guardValues(text: string): { readonly text: string; readonly count: number } {
  const changed = new MagicString(text);
  let count = 0;
  fullAncestor(parse(text, { ecmaVersion: 'latest' }), (node, _state, path) => {
    const ancestors = path.slice(0, -1);
    if (!makesValue(node) || !isValueOfItsOwn(node, ancestors, text)) return;
    changed.appendLeft(node.start, `${GUARD}(`);
    changed.appendRight(node.end, ')');
    count++;
  });
  return { text: changed.toString(), count };
}

function makesValue(node: AnyNode): boolean {
  switch (node.type) {
    case 'ArrayExpression':
    case 'ObjectExpression':
      return true;
    case 'Literal':
      return node.regex !== undefined;
    case 'NewExpression':
      return node.callee.type === 'Identifier' && CONSTRUCTORS.has(node.callee.name);
    case 'CallExpression':
      return node.callee.type === 'Identifier' && CALLED.has(node.callee.name);
    default:
      return false;
  }
}

function isValueOfItsOwn(node: AnyNode, ancestors: readonly AnyNode[], text: string): boolean {
  // A part of another value, which is taken in with it.
  if (ancestors.some(({ type }) => type === 'ArrayExpression' || type === 'ObjectExpression')) return false;
  const parent = ancestors.at(-1);
  if (parent?.type === 'NewExpression' && parent.callee.type === 'Identifier')
    return parent.callee.name !== 'Proxy';
  if (parent?.type !== 'CallExpression' || node.type !== 'ObjectExpression')
    return parent?.type !== 'ThrowStatement';
  return !TAKES_DESCRIPTIONS.test(text.slice(parent.callee.start, parent.callee.end));
}
