import type { Language } from '../alert.ts';
import type { DetectorName, Finding } from '../finding.ts';
import { findingsEn } from './findings.en.ts';
import type { Description, FindingTexts } from './findings.ts';
import { findingsZhCn } from './findings.zh-cn.ts';

/** All words about findings, by language. */
export const FINDING_TEXTS: Readonly<Record<Language, FindingTexts>> = {
  en: findingsEn,
  'zh-CN': findingsZhCn,
};

/**
 * The sentences of a finding: the same on the page, in a notification and in a terminal. A cause that this version does not
 * know (a finding stored by another) is described by its codes.
 */
export function describeFinding(finding: Finding, language: Language): Description {
  const texts = FINDING_TEXTS[language];
  const describe = entry(texts.describe, finding);
  if (describe !== undefined) {
    const { title, ...rest } = describe(finding, texts.format);
    const { netns } = finding.labels;
    return { title: netns === undefined ? title : texts.inNamespace(title, netns), ...rest };
  }
  return { title: `${finding.detector}: ${finding.cause}`, explanation: '', advice: '' };
}

/** A few words for a finding's cause. */
export function nameCause(finding: Finding, language: Language): string {
  return entry(FINDING_TEXTS[language].causes, finding) ?? finding.cause;
}

function entry<T>(
  byDetector: Readonly<Record<DetectorName, Readonly<Record<string, T>>>>,
  { detector, cause }: Finding,
): T | undefined {
  const byCause = byDetector[detector] as Readonly<Record<string, T>> | undefined;
  return byCause !== undefined && Object.hasOwn(byCause, cause) ? byCause[cause] : undefined;
}
