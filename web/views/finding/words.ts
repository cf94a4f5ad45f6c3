import type { ViewFindingTexts } from '../../../server/model/texts/view-finding.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewFindingTexts>({
  en: async () => (await import('../../../server/model/texts/view-finding.en.ts')).viewFindingEn,
  'zh-CN': async () => (await import('../../../server/model/texts/view-finding.zh-cn.ts')).viewFindingZhCn,
});
