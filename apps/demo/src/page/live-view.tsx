/** Keeps the page's copy of the view up to date. Shows nothing: who shows a part of it is told by the hooks. */
import { useEffect } from 'react';
import { emptyView, readEntries } from '../notebook/view.ts';
import { useGuardedState } from './guard-hooks.ts';
import { useLaboratory } from './laboratory.ts';

export function LiveView(): null {
  const laboratory = useLaboratory();
  const [view, setView] = useGuardedState('view');
  useEffect(() => {
    laboratory.follow(view, {
      read: (entries) => setView((present) => readEntries(present, entries)),
      startOver: () => setView(emptyView),
    });
    // Followed once, from the view that the server has sent.
  }, [laboratory]);
  return null;
}
