/** The dossier of an app that has died together with its guardian: out of the journal that lies beside its autosave. */
import { DossierReader, type DossierSettings } from '../dossier/dossier-reader.ts';
import { looksAt } from '../dossier/looks.ts';
import { readJournalTimes } from './journal-times.ts';
import type { AutosaveReading } from './read-autosave.ts';

/** Undefined after a clean exit, and where there is no journal to read from, as when a guardian has saved its last checkpoint. */
export function readLeftDossier(
  { crash, source, nonce, end, keys, mirror }: AutosaveReading,
  settings: DossierSettings,
): DossierReader | undefined {
  const directory = source.journal;
  if (crash === undefined || directory === undefined || end === undefined) return undefined;
  const [nonceLow, nonceHigh] = nonce;
  const looks = looksAt(readJournalTimes(directory));
  const { crashedAt } = crash;
  return new DossierReader({ directory, nonceLow, nonceHigh, end, keys, looks, mirror, crashedAt }, settings);
}
