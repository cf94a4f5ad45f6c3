import type { Language } from '../server/model/alert.ts';
import type { FindingTexts } from '../server/model/texts/findings.ts';
import type { PageTexts } from '../server/model/texts/page.en.ts';

/** The words that every view needs, in one language. Each language is a file of its own, and a page loads the one that it shows. */
export interface Words {
  readonly language: Language;
  readonly page: PageTexts;
  readonly findings: FindingTexts;
}

export const LOAD_WORDS: Readonly<Record<Language, () => Promise<Words>>> = {
  en: async () => (await import('./words.en.ts')).words,
  'zh-CN': async () => (await import('./words.zh-cn.ts')).words,
};
