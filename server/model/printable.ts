/**
 * Control characters (C0, DEL, C1), line and paragraph separators, characters that turn the direction of text (bidi),
 * invisible ones that hide in a word, and lone surrogates.
 * Source: Unicode Standard Annex #9, table 4, and Unicode Technical Report #36, section 3.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/gu;

/**
 * Text of unknown origin, safe for a terminal, a log line and a page: each unprintable character becomes U+FFFD, and
 * what exceeds `maxLength` UTF-16 units ends in `…`. Invalid UTF-8 has become U+FFFD when it was decoded.
 */
export function printable(text: string, maxLength: number): string {
  // Cut first, so that hostile length costs nothing; a surrogate pair cut in half is replaced below.
  const long = text.length > maxLength;
  const kept = long ? text.slice(0, Math.max(0, maxLength - 1)) : text;
  return kept.replace(UNPRINTABLE, '\ufffd') + (long && maxLength > 0 ? '…' : '');
}
