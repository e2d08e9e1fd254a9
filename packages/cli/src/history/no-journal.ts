import { Failure } from '../failure.ts';

export function noJournal(path: string): Failure {
  return new Failure(
    'NO_JOURNAL',
    `${path} has no journal beside it, so nobody can tell what was done last. Nothing has been changed. A guardian that outlives ` +
      'its app writes everything into the checkpoint and removes the journal; the last mutations are in the dossier then, if ' +
      'the rescue has saved it (crash.saveDossier).',
  );
}
