import type { StateTexts } from '../server/model/texts/states.en.ts';
import { ViewWords } from './view-words.svelte.ts';

/** What each state means: for those that ask, and no part of the first view. */
export const stateWords = new ViewWords<StateTexts>({
  en: async () => (await import('../server/model/texts/states.en.ts')).statesEn,
  'zh-CN': async () => (await import('../server/model/texts/states.zh-cn.ts')).statesZhCn,
});
