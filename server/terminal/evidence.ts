import type { Evidence, EvidenceKey } from '../model/finding.ts';
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
    .map(([key, value]) => `${labels[key] ?? key}${texts.colon}${valueText(key, value, format, texts)}`);
}

/** The unit is in the name. */
function valueText(
  key: string,
  value: Evidence[string] | undefined,
  format: Format,
  texts: TerminalTexts,
): string {
  if (typeof value === 'boolean') return value ? texts.yes : texts.no;
  if (typeof value !== 'number') return value ?? '';
  if (key.endsWith('Seconds')) return format.duration(value);
  if (key.endsWith('Ratio')) return format.percent(value);
  if (/Bytes$|^bytes/.test(key)) return format.bytes(value);
  if (/perSecond$/i.test(key)) return texts.perSecond(format.number(value));
  return /perMinute$/i.test(key) ? texts.perMinute(format.number(value)) : format.number(value);
}
