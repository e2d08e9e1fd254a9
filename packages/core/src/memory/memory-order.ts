/**
 * Does this processor show another one all plain stores in the order in which they were made? x86 does (Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 3A, section 9.2: TSO). It may still load ahead of an earlier store.
 */
export const SHOWS_STORES_IN_ORDER: boolean = process.arch === 'x64' || process.arch === 'ia32';
