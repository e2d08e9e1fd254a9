import { type ReactNode, useState } from 'react';
import { useLaboratory, useLaboratoryState } from './laboratory.ts';

export function VisitorCard(): ReactNode {
  const { introduce } = useLaboratory();
  const { name, visits } = useLaboratoryState(({ visitor }) => visitor);
  const [draft, setDraft] = useState(name);
  return (
    <div className="card">
      <h3>
        <label htmlFor="name">Who are you?</label>
      </h3>
      <form
        className="line"
        onSubmit={(event) => {
          event.preventDefault();
          introduce({ name: draft });
        }}
      >
        <input
          id="name"
          type="text"
          autoComplete="off"
          maxLength={40}
          value={draft}
          onChange={({ target }) => setDraft(target.value)}
        />
        <button type="submit">Sign in</button>
      </form>
      <p className="state" id="visitor">
        {name === '' ? 'Somebody' : name}, visit {visits}
      </p>
    </div>
  );
}
