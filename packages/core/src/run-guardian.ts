/** A module that `faultguard run` loads, out of the copy of the library that the program uses which it runs. */
export { guardProgram } from './run/guard-program.ts';
