/** A function of the user's, given as such or as the URL of the module that exports it. */
import { InvalidOptionError } from '../errors.ts';

/** Throws InvalidOptionError when the module has no such export; what the module itself throws comes through. */
export async function loadFunction<F>(option: 'launch' | 'rescue', source: F | URL): Promise<F> {
  if (!(source instanceof URL)) return source;
  const exported = (await import(source.href)) as Record<string, unknown>;
  const found = exported[option] ?? exported['default'];
  if (typeof found === 'function') return found as F;
  throw new InvalidOptionError(
    option,
    `names the module ${source.href}, which has no function as its "${option}" or default export.`,
  );
}
