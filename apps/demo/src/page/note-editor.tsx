import { type ReactNode, useEffect, useState } from 'react';
import { useGuardedState } from './guard-hooks.ts';
import { useLaboratory } from './laboratory.ts';

const SAVE_AFTER_MS = 250;
const TRY_AGAIN_MS = 300;

/** Saved while one types. What is not acknowledged is tried again: it is in nobody's state but the page's. */
export function NoteEditor(): ReactNode {
  const { saveNote } = useLaboratory();
  const [note] = useGuardedState(['view', 'note']);
  /** Undefined when everything that has been typed is saved. */
  const [draft, setDraft] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (draft === undefined) return undefined;
    let isOutdated = false;
    const save = (): void => {
      saveNote(draft).then(
        () => isOutdated || setDraft(undefined),
        () => isOutdated || setAttempt(attempt + 1),
      );
    };
    const timer = setTimeout(save, attempt === 0 ? SAVE_AFTER_MS : TRY_AGAIN_MS);
    return () => {
      isOutdated = true;
      clearTimeout(timer);
    };
  }, [draft, attempt, saveNote]);

  const type = (text: string): void => {
    setDraft(text);
    setAttempt(0);
  };
  return (
    <div className="card">
      <h3>
        <label htmlFor="notes">Notes</label>
      </h3>
      <textarea
        id="notes"
        aria-describedby="note-state"
        placeholder="Write something down, and crash the app."
        maxLength={20_000}
        value={draft ?? note?.text ?? ''}
        onChange={({ target }) => type(target.value)}
      />
      <p className="state" id="note-state">
        {draft === undefined
          ? describe(note?.sequence)
          : attempt === 0
            ? 'being saved'
            : 'not saved yet: trying again'}
      </p>
    </div>
  );
}

function describe(sequence: number | undefined): string {
  return sequence === undefined ? 'nothing is written yet' : `acknowledged as #${sequence}`;
}
