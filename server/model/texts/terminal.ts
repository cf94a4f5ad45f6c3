import type { Certainty, Example } from '../finding.ts';
import type { Unseen } from '../unseen.ts';
import type { Format } from './findings.ts';

/** What `halfclose doctor` says besides findings, in one language. */
export interface TerminalTexts {
  readonly heading: (sockets: string, host: string, duration: string) => string;
  /** `critical` and `warning` are counts. */
  readonly verdict: (critical: number, warning: number) => string;
  readonly nothing: string;
  /** The names of a finding's lines. */
  readonly fields: Readonly<
    Record<'process' | 'why' | 'evidence' | 'certainty' | 'sockets' | 'advice' | 'command', string>
  >;
  readonly certainty: Readonly<Record<Certainty, string>>;
  readonly pid: (pid: string) => string;
  /** Between two of a list on one line. */
  readonly separator: string;
  readonly colon: string;
  readonly yes: string;
  readonly no: string;
  readonly perSecond: (count: string) => string;
  readonly perMinute: (count: string) => string;
  readonly example: (example: Example, local: string, remote: string, age: string) => string;
  readonly more: (count: string) => string;
  readonly follows: (count: number) => string;
  readonly toWatch: string;
  readonly letPass: string;
  readonly undecided: string;
  /** Which detectors need longer than was watched, and how long. */
  readonly undecidedDetectors: (names: string, watched: string, flag: string) => string;
  readonly undecidedNamespaces: (names: string) => string;
  readonly unseen: string;
  readonly unseenBecause: (unseen: Unseen, format: Format) => string;
}
