import type { DetectorName, Finding } from '../finding.ts';
import type { Description, FindingTexts } from './findings.ts';

/**
 * The sentences of a finding in the words of one language: for the page, which loads no other. A cause that this version does
 * not know (a finding stored by another) is described by its codes.
 */
export function describeIn(texts: FindingTexts, finding: Finding): Description {
  const describe = entryOf(texts.describe, finding);
  if (describe !== undefined) {
    const { title, ...rest } = describe(finding, texts.format);
    const { netns } = finding.labels;
    return { title: netns === undefined ? title : texts.inNamespace(title, netns), ...rest };
  }
  return { title: `${finding.detector}: ${finding.cause}`, explanation: '', advice: '' };
}

/** What a table by detector and cause has for a finding. */
export function entryOf<T>(
  byDetector: Readonly<Record<DetectorName, Readonly<Record<string, T>>>>,
  { detector, cause }: Finding,
): T | undefined {
  const byCause = byDetector[detector] as Readonly<Record<string, T>> | undefined;
  return byCause !== undefined && Object.hasOwn(byCause, cause) ? byCause[cause] : undefined;
}
