/** Words that join conditions: no names, unless in quotes. */
export const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/** A name as it is written in a filter: in quotes where it is no word. */
export function quotedName(name: string): string {
  const isWord = /^[^\s()!&|=<>"]+$/u.test(name) && !KEYWORDS.has(name.toLowerCase());
  return isWord ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}
