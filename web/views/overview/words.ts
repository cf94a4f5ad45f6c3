import type { ViewOverviewTexts } from '../../../server/model/texts/view-overview.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewOverviewTexts>({
  en: async () => (await import('../../../server/model/texts/view-overview.en.ts')).viewOverviewEn,
  'zh-CN': async () => (await import('../../../server/model/texts/view-overview.zh-cn.ts')).viewOverviewZhCn,
});
