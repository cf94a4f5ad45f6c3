import { remember, remembered } from '../memory.ts';

const KEY = 'author';

/** Who writes here, as they said the last time. */
export function rememberedAuthor(): string {
  return remembered(KEY) ?? '';
}

export function rememberAuthor(author: string): void {
  remember(KEY, author);
}
