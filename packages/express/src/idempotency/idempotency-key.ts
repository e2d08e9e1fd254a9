/**
 * The header `Idempotency-Key`: a String of RFC 9651 by draft-ietf-httpapi-idempotency-key-header-07, section 2.1,
 * such as `"8e03978e-40d5-43e8-bc93-6894a57f9324"`. Without the quotation marks, as most clients send it, it is taken
 * too, and is another key than the same with them.
 */

/** As much as a UUID six times over. */
const KEY_LENGTH_MAX = 255;

/** RFC 9651, section 3.3.3: printable ASCII; a quotation mark and a backslash only behind a backslash. */
const STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+"$/;
/** Neither quotes, nor what separates values of a list or parameters. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

export type ParsedKey = { readonly key: string } | { readonly problem: string };

/** @param header - as Node gives it: a header that has been sent twice is joined by a comma. */
export function parseIdempotencyKey(header: string): ParsedKey {
  const value = header.trim();
  if (value === '') return { problem: 'The header Idempotency-Key is empty.' };
  if (value.length > KEY_LENGTH_MAX) {
    return { problem: `The header Idempotency-Key is longer than ${KEY_LENGTH_MAX} characters.` };
  }
  if (!STRING.test(value) && !BARE.test(value)) {
    return {
      problem:
        'The header Idempotency-Key has to be one string of printable ASCII characters in quotation marks, ' +
        'and may be sent once.',
    };
  }
  return { key: value };
}
