/** Options that mean nothing are refused where they are given, with their name. */
import { inspect } from 'node:util';
import { InvalidOptionError } from '@faultguard/core';

/** Longer delays are taken for 1 ms by Node's timers. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export function checkObject(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(option, 'has to be an object', value);
}

export function checkKnown(option: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(
      option === 'options' ? unknown : `${option}.${unknown}`,
      `is not one of those there are: ${known.join(', ')}.`,
    );
  }
}

export function checkString(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    refuse(option, 'has to be a string that is not empty', value);
}

export function checkNames(option: string, value: unknown): void {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    refuse(option, 'has to be an array of strings', value);
  }
}

export function checkBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') refuse(option, 'has to be true or false', value);
}

export function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') refuse(option, 'has to be a function', value);
}

export function checkNumber(
  option: string,
  value: unknown,
  lowest: number,
  highest: number = Infinity,
): void {
  if (typeof value !== 'number' || !(value >= lowest && value <= highest)) {
    const range = highest === Infinity ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
    refuse(option, `has to be a number ${range}`, value);
  }
}

export function checkDelay(option: string, value: unknown): void {
  checkNumber(option, value, 0, DELAY_MS_MAX);
}

function refuse(option: string, rule: string, value: unknown): never {
  throw new InvalidOptionError(option, `${rule}, not ${inspect(value, { depth: 0 })}.`);
}
