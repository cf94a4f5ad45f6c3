import type { Evidence, EvidenceKey } from '../model/finding.ts';
import { evidenceValue } from '../model/texts/evidence-value.ts';
import type { FindingTexts, Format } from '../model/texts/findings.ts';
import type { TerminalTexts } from '../model/texts/terminal.ts';

/** Said elsewhere in the report. */
const SAID_ELSEWHERE: readonly string[] = [
  'process',
  'pid',
  'unit',
  'container',
  'ownerGap',
] satisfies EvidenceKey[];

/** The evidence that is known and not nothing, one text for each number: `Local ports used: 23,500`. */
export function evidenceTexts(
  evidence: Evidence,
  names: FindingTexts['evidence'],
  format: Format,
  texts: TerminalTexts,
): string[] {
  const labels: Readonly<Record<string, string>> = names;
  return Object.entries(evidence)
    .filter(([key, value]) => value !== null && value !== 0 && !SAID_ELSEWHERE.includes(key))
    .map(([key, value]) => `${labels[key] ?? key}${texts.colon}${evidenceValue(key, value, format, texts)}`);
}
