import type { Evidence } from '../server/model/finding.ts';
import type { Format } from './format.ts';

/** The words that evidence needs besides numbers. */
export interface EvidenceWords {
  readonly yes: string;
  readonly no: string;
  readonly unknown: string;
  readonly bytes: (count: string) => string;
  readonly milliseconds: (count: string) => string;
}

/** A value of evidence as people read it; the unit is in its name. */
export function evidenceText(
  key: string,
  value: Evidence[string],
  format: Format,
  words: EvidenceWords,
): string {
  if (value === null) return words.unknown;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return value;
  // A name in digits, not an amount.
  if (key === 'pid') return String(value);
  if (key.endsWith('Seconds')) {
    return value > 0 && value < 1 ? words.milliseconds(format.count(value * 1000)) : format.duration(value);
  }
  if (key.endsWith('Ratio')) return format.share(value);
  if (/Bytes$|^bytes/.test(key)) return words.bytes(format.count(value));
  return /per(Second|Minute)$/i.test(key) ? format.rate(value) : format.count(value);
}
