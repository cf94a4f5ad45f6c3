import type { Evidence } from '../finding.ts';
import type { Format } from './findings.ts';
import type { TerminalTexts } from './terminal.ts';

/** The words that evidence needs besides numbers. */
type Words = Pick<TerminalTexts, 'yes' | 'no' | 'perSecond' | 'perMinute'>;

/** A value of evidence as people read it; the unit is in its name. Empty where it is not known. */
export function evidenceValue(
  key: string,
  value: Evidence[string] | undefined,
  format: Format,
  words: Words,
): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value !== 'number') return value ?? '';
  // A name in digits, not an amount.
  if (key === 'pid') return String(value);
  if (key.endsWith('Seconds')) return format.duration(value);
  if (key.endsWith('Ratio')) return format.percent(value);
  if (/Bytes$|^bytes/.test(key)) return format.bytes(value);
  if (/perSecond$/i.test(key)) return words.perSecond(format.number(value));
  return /perMinute$/i.test(key) ? words.perMinute(format.number(value)) : format.number(value);
}
