import type { TimeTexts } from '../../server/model/texts/time.en.ts';
import { ViewWords } from '../view-words.svelte.ts';

export const words = new ViewWords<TimeTexts>({
  en: async () => (await import('../../server/model/texts/time.en.ts')).timeEn,
  'zh-CN': async () => (await import('../../server/model/texts/time.zh-cn.ts')).timeZhCn,
});
