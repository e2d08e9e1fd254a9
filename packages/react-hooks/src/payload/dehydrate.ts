import { storeOf } from '../guarded/store-of.ts';
import { replaceAt } from '../local/local-store.ts';
import { ABSENT, readAt } from '../state/path.ts';
import { encodePayload, toScriptText } from './encode-payload.ts';

/**
 * The state as text for `hydrate` in the browser: superjson, with every character escaped that could end a script
 * element. Put it into `<script type="application/json" id="state">`, behind what has been rendered of it.
 *
 * Call it when the rendering is over: what components have begun with, and what they have shown of the guard, is in it.
 *
 * @param state - what the provider was given: a guarded object. All of it goes to whoever reads the page.
 * @throws TypeError for what cannot be sent, with its path: symbols, instances of classes, buffers that are no typed
 *   arrays, arrays with holes; NotGuardedError (`ERR_FAULTGUARD_NOT_GUARDED`).
 */
export function dehydrate(state: object): string {
  const store = storeOf(state);
  let value = store.snapshot();
  for (const { path, value: initial } of store.initials.values()) {
    if (readAt(value, path) === ABSENT) value = replaceAt(value, path, initial);
  }
  const payload = encodePayload(value);
  const { shown } = store;
  return toScriptText(shown === undefined ? payload : { ...payload, guard: encodePayload(shown) });
}
