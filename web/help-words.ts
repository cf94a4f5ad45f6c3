import type { ViewHelpTexts } from '../server/model/texts/view-help.en.ts';
import { ViewWords } from './view-words.svelte.ts';

export const words = new ViewWords<ViewHelpTexts>({
  en: async () => (await import('../server/model/texts/view-help.en.ts')).viewHelpEn,
  'zh-CN': async () => (await import('../server/model/texts/view-help.zh-cn.ts')).viewHelpZhCn,
});
