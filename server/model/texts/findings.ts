import type { CAUSES, EvidenceKey, Finding, Severity } from '../finding.ts';

/** What is said of a finding, in one language; plain text, without markup. */
export interface Description {
  /** One line: who, what, how many, with whom. */
  readonly title: string;
  /** What it is, what shows it, and what the evidence does not show. */
  readonly explanation: string;
  /** What to do. */
  readonly advice: string;
}

type Describe = (finding: Finding, format: Format) => Description;

/** Every word that findings need; a language that lacks one does not compile. */
export interface FindingTexts {
  readonly format: Format;
  readonly describe: {
    readonly [D in keyof typeof CAUSES]: Readonly<Record<(typeof CAUSES)[D][number], Describe>>;
  };
  readonly causes: {
    readonly [D in keyof typeof CAUSES]: Readonly<Record<(typeof CAUSES)[D][number], string>>;
  };
  /** The title of a finding that is in another network namespace than the observer's own. */
  readonly inNamespace: (title: string, netns: string) => string;
  readonly evidence: Readonly<Record<EvidenceKey, string>>;
  readonly severities: Readonly<Record<Severity, string>>;
}

/** Numbers as a language writes them. */
export interface Format {
  number(value: number): string;
  /** 0.83 as `83%`; `<1%` where it is not nothing; never 100 % unless all of it is used. */
  percent(ratio: number): string;
  bytes(bytes: number): string;
  /** The two largest units: `3 min`, `2 h 5 min`; of less than a second `200 ms`. */
  duration(seconds: number): string;
}

/** A number of the evidence; null where it is not known. */
export function numberIn(finding: Finding, key: EvidenceKey): number | null {
  const value = finding.evidence[key];
  return typeof value === 'number' ? value : null;
}

export function textIn(finding: Finding, key: EvidenceKey): string | null {
  const value = finding.evidence[key];
  return typeof value === 'string' ? value : null;
}

/** Whether tcp_tw_reuse lets a client take these ports again: 1 does everywhere, 2 (the default) on loopback. */
export function reuses(finding: Finding): boolean {
  const reuse = numberIn(finding, 'timeWaitReuse');
  return reuse === 1 || (reuse === 2 && /^(127\.|\[::1\]:)/.test(finding.labels['peer'] ?? ''));
}

/** Joins sentences, leaving out those that do not apply. */
export function sentencesBy(space: string) {
  return (...sentences: (string | false | null)[]): string => sentences.filter(Boolean).join(space);
}

const STEPS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

/** `units`: what follows a number of each, with its space. `join`: between two of them. */
export function formatFor(
  locale: string,
  units: Readonly<Record<(typeof STEPS)[number]['unit'] | 'millisecond', string>>,
  join: string,
): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const some = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const number = (value: number) => (Math.abs(value) < 10 ? some : whole).format(value);
  return {
    number,
    percent(ratio) {
      if (ratio > 0 && ratio < 0.005) return `<${percent.format(0.01)}`;
      return percent.format(ratio < 1 ? Math.min(ratio, 0.99) : ratio);
    },
    bytes(bytes) {
      if (bytes < 1000) return `${whole.format(bytes)} B`;
      if (bytes < 1e6) return `${number(bytes / 1e3)} kB`;
      return bytes < 1e9 ? `${number(bytes / 1e6)} MB` : `${number(bytes / 1e9)} GB`;
    },
    duration(seconds) {
      // Rounded down, and what follows the second unit is dropped: an age is never overstated.
      if (seconds > 0 && seconds < 1)
        return `${whole.format(Math.floor(seconds * 1000))}${units.millisecond}`;
      let rest = Math.max(0, Math.floor(seconds));
      const parts: string[] = [];
      for (const step of STEPS) {
        const amount = Math.floor(rest / step.seconds);
        rest -= amount * step.seconds;
        if (amount > 0) parts.push(`${whole.format(amount)}${units[step.unit]}`);
        else if (parts.length > 0) break;
        if (parts.length === 2) break;
      }
      return parts.length > 0 ? parts.join(join) : `0${units.second}`;
    },
  };
}
