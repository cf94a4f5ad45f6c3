import type { ViewSocketsTexts } from '../../../server/model/texts/view-sockets.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewSocketsTexts>({
  en: async () => (await import('../../../server/model/texts/view-sockets.en.ts')).viewSocketsEn,
  'zh-CN': async () => (await import('../../../server/model/texts/view-sockets.zh-cn.ts')).viewSocketsZhCn,
});
