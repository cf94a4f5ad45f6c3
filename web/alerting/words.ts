import type { AlertingTexts } from '../../server/model/texts/alerting.en.ts';
import { ViewWords } from '../view-words.svelte.ts';

export const words = new ViewWords<AlertingTexts>({
  en: async () => (await import('../../server/model/texts/alerting.en.ts')).alertingEn,
  'zh-CN': async () => (await import('../../server/model/texts/alerting.zh-cn.ts')).alertingZhCn,
});
