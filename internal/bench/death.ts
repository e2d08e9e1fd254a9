/** Ways to die at once, without a word to anybody. */
import koffi from 'koffi';

/** Prepared beforehand, so that the clock has nothing else to count. */
export function prepareDeath(death: string): () => void {
  if (death === 'SIGKILL') return () => process.kill(process.pid, 'SIGKILL');
  if (death !== 'SIGSEGV') throw new Error(`There is no death named ${death}.`);
  const strlen = koffi.load(null).func('size_t strlen(void *text)') as (address: bigint) => unknown;
  // Compiled and run once where it does no harm.
  strlen(koffi.address(koffi.alloc('char', 8)));
  // Nothing is ever mapped at address 8: a real fault, in native code.
  return () => void strlen(8n);
}
