import type { ConsideredTexts } from '../../../server/model/texts/considered.ts';
import type { ViewAlertsTexts } from '../../../server/model/texts/view-alerts.en.ts';
import { ViewWords } from '../../view-words.svelte.ts';

export const words = new ViewWords<ViewAlertsTexts>({
  en: async () => (await import('../../../server/model/texts/view-alerts.en.ts')).viewAlertsEn,
  'zh-CN': async () => (await import('../../../server/model/texts/view-alerts.zh-cn.ts')).viewAlertsZhCn,
});

export const consideredWords = new ViewWords<ConsideredTexts>({
  en: async () => (await import('../../../server/model/texts/considered.en.ts')).consideredEn,
  'zh-CN': async () => (await import('../../../server/model/texts/considered.zh-cn.ts')).consideredZhCn,
});
