import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import { ViewWords } from '../view-words.svelte.ts';

export const words = new ViewWords<LadderTexts>({
  en: async () => (await import('../../server/model/texts/ladder.en.ts')).ladderEn,
  'zh-CN': async () => (await import('../../server/model/texts/ladder.zh-cn.ts')).ladderZhCn,
});
