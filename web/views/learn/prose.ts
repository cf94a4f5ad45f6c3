/** A run of a text: plain, code, or a link to a topic; `text` null: the topic's own name. */
export type Run =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'topic'; readonly topic: string; readonly text: string | null };

const MARKUP = /\[\[([^\]|]+)(?:\|([^\]]+))?\]\]|`([^`]+)`/g;

/** Reads `[[topic]]`, `[[topic|words]]` and code between backticks; all else is plain, whatever it contains. */
export function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKUP)) {
    if (match.index > end) runs.push({ kind: 'plain', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    const [, topic, words, code] = match;
    if (code !== undefined) runs.push({ kind: 'code', text: code });
    else runs.push({ kind: 'topic', topic: topic ?? '', text: words ?? null });
  }
  if (end < text.length) runs.push({ kind: 'plain', text: text.slice(end) });
  return runs;
}

/** A topic's name inside a sentence: `Accept queue` becomes `accept queue`, `Recv-Q` and `SYN queue` stay. */
export function inSentence(name: string): string {
  const [first = ''] = name.split(' ', 1);
  return /\p{Lu}/u.test(first.slice(1)) ? name : name.charAt(0).toLowerCase() + name.slice(1);
}
