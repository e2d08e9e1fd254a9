import koffi from 'koffi';

/**
 * A read of an address that is not mapped, in native code: the processor faults and the kernel ends the
 * process. No handler, no `finally`, no exit event.
 */
export function readInvalidAddress(): never {
  const strlen = koffi.load(null).func('size_t strlen(size_t address)') as (address: number) => number;
  throw new Error(`Address 8 is readable here: strlen(8) returned ${strlen(8)}`);
}
