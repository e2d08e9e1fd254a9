import { LocalStore } from '../local/local-store.ts';
import type { GuardFacts } from '../state/facts.ts';
import { decodePayload } from './decode-payload.ts';
import type { Payload } from './payload.ts';

/**
 * The state that a server has rendered a page of, for `<GuardProvider state={…}>` in the browser. What components do to it
 * stays in this page. Call it once, outside of components.
 *
 * @param text - what `dehydrate` has returned, such as the text of the script element it has been put into. Without an
 *   argument the state is empty: for pages that no server has rendered.
 * @throws TypeError for null (the element is not there); SyntaxError for what is no payload.
 */
export function hydrate(text?: string | null): object {
  if (text === undefined) return new LocalStore({});
  if (text === null) throw new TypeError('hydrate() has been given null: is the script element missing?');
  const payload = JSON.parse(text) as Payload;
  const facts = payload.guard === undefined ? {} : (decodePayload(payload.guard) as GuardFacts);
  return new LocalStore(decodePayload(payload), facts);
}
