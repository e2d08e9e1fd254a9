/** Functions of the system's C library, by koffi, which is optional. */
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';

/** Throws where nothing can be called: koffi is not there, or not for this machine, or add-ons are forbidden. */
export function loadLibc(): LibraryHandle {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  return koffi.load(null);
}
