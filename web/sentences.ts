/** The sentences of a text, in English or Chinese; put together again they are the text. */
export function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?]) (?=["“(]?\p{Lu}|[a-z_]+\(|[a-z]+\.|tcp_|ss )|(?<=[。！？])/u).filter(Boolean);
}
