import type { ReactNode } from 'react';
import type { Theme } from '../notebook/visitor.ts';
import { useGuardedState } from './guard-hooks.ts';
import { useLaboratory, useLaboratoryState } from './laboratory.ts';
import { presenceTexts } from './presence-texts.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function Header(): ReactNode {
  return (
    <header className="top">
      <div>
        <h1>The laboratory notebook</h1>
        <p className="lead">An ordinary Node.js app. Its process dies; what it has written down does not.</p>
      </div>
      <ThemeSwitch />
      <Pulse />
    </header>
  );
}

/** Who is alive. */
function Pulse(): ReactNode {
  const { presence, pid } = useLaboratoryState(({ app }) => app);
  const [life] = useGuardedState(['view', 'life']);
  const [guardian] = useGuardedState(['view', 'guardian']);
  const isGuardianNew = guardian !== null && guardian.life === life?.life;
  return (
    <dl className="pulse" data-presence={presence}>
      <div className="presence">
        <dt>App</dt>
        <dd id="presence">{presenceTexts[presence]}</dd>
      </div>
      <div>
        <dt>process</dt>
        <dd id="app-pid">{pid ?? life?.pid}</dd>
      </div>
      <div>
        <dt>guardian</dt>
        <dd id="guardian-pid">{isGuardianNew ? guardian.pid : life?.guardianPid}</dd>
      </div>
      <div>
        <dt>life</dt>
        <dd id="life">{life?.life}</dd>
      </div>
    </dl>
  );
}

/** Kept in the session: the next page comes in it, and so does one after a crash. */
function ThemeSwitch(): ReactNode {
  const { introduce } = useLaboratory();
  const chosen = useLaboratoryState(({ visitor }) => visitor.theme);
  const choose = (theme: Theme): void => {
    document.documentElement.dataset['theme'] = theme;
    introduce({ theme });
  };
  return (
    <fieldset className="themes">
      <legend className="unseen">Colours</legend>
      {THEMES.map((theme) => (
        <label key={theme}>
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={theme === chosen}
            onChange={() => choose(theme)}
          />
          <span>{theme}</span>
        </label>
      ))}
    </fieldset>
  );
}
