import type { ViewLearnTexts } from '../../../server/model/texts/view-learn.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewLearnTexts>({
  en: async () => (await import('../../../server/model/texts/view-learn.en.ts')).viewLearnEn,
  'zh-CN': async () => (await import('../../../server/model/texts/view-learn.zh-cn.ts')).viewLearnZhCn,
});
