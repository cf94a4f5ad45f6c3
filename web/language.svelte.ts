import type { Language } from '../server/model/alert.ts';
import { pageEn, type PageTexts } from '../server/model/texts/page.en.ts';
import { pageZhCn } from '../server/model/texts/page.zh-cn.ts';
import { statesEn } from '../server/model/texts/states.en.ts';
import { statesZhCn } from '../server/model/texts/states.zh-cn.ts';
import { formatFor } from './format.ts';
import { remember, remembered } from './memory.ts';
import { place } from './place.svelte.ts';

const PAGE: Readonly<Record<Language, PageTexts>> = { en: pageEn, 'zh-CN': pageZhCn };
const STATE_TEXTS = { en: statesEn, 'zh-CN': statesZhCn };

function preferred(): Language {
  const kept = remembered('language');
  if (kept === 'en' || kept === 'zh-CN') return kept;
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

/** The language of the page: the link's, else the one chosen before, else the browser's. */
class LanguageChoice {
  #preferred = $state<Language>(preferred());
  readonly current = $derived<Language>(place.current.language ?? this.#preferred);
  readonly texts = $derived(PAGE[this.current]);
  readonly states = $derived(STATE_TEXTS[this.current]);
  readonly format = $derived(formatFor(this.current));

  choose(language: Language): void {
    this.#preferred = language;
    remember('language', language);
    place.adjust({ language });
  }
}

export const language = new LanguageChoice();
