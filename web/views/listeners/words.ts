import type { ViewListenersTexts } from '../../../server/model/texts/view-listeners.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewListenersTexts>({
  en: async () => (await import('../../../server/model/texts/view-listeners.en.ts')).viewListenersEn,
  'zh-CN': async () =>
    (await import('../../../server/model/texts/view-listeners.zh-cn.ts')).viewListenersZhCn,
});
