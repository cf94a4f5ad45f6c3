import type { Language } from '../alert.ts';
import { evidencePageEn, type EvidencePageTexts } from './evidence-page.en.ts';
import { evidencePageZhCn } from './evidence-page.zh-cn.ts';

export const EVIDENCE_PAGE_TEXTS: Readonly<Record<Language, EvidencePageTexts>> = {
  en: evidencePageEn,
  'zh-CN': evidencePageZhCn,
};
