import type { Language } from '../alert.ts';
import type { Considered, Finding } from '../finding.ts';
import { consideredEn } from './considered.en.ts';
import type { ConsideredTexts } from './considered.ts';
import { consideredZhCn } from './considered.zh-cn.ts';
import { describeIn, entryOf } from './describe-in.ts';
import { findingsEn } from './findings.en.ts';
import type { Description, FindingTexts } from './findings.ts';
import { findingsZhCn } from './findings.zh-cn.ts';

/** All words about findings, by language. */
export const FINDING_TEXTS: Readonly<Record<Language, FindingTexts>> = {
  en: findingsEn,
  'zh-CN': findingsZhCn,
};

const CONSIDERED_TEXTS: Readonly<Record<Language, ConsideredTexts>> = {
  en: consideredEn,
  'zh-CN': consideredZhCn,
};

/** The sentences of a finding: the same on the page, in a notification and in a terminal. */
export function describeFinding(finding: Finding, language: Language): Description {
  return describeIn(FINDING_TEXTS[language], finding);
}

/** One line that says what was looked at, and why it is no finding. */
export function describeConsidered(considered: Considered, language: Language): string {
  return CONSIDERED_TEXTS[language].sentence(considered, FINDING_TEXTS[language].format);
}

/** A few words for a finding's cause. */
export function nameCause(finding: Finding, language: Language): string {
  return entryOf(FINDING_TEXTS[language].causes, finding) ?? finding.cause;
}
