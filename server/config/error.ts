/** A wrong setting, in one line: where it stands, what was expected, what was found. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** A value as it was written, for the end of such a line; long ones are cut. */
export function found(value: unknown): string {
  if (value === undefined) return 'found nothing';
  const text = JSON.stringify(value) ?? String(value);
  return `found ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

/** `, did you mean "x"?` where one of the known words is near, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const edits = editDistance(word.slice(0, 64).toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best === undefined ? '' : `, did you mean "${best}"?`;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
