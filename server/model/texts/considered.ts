import type { Considered, DetectorName } from '../finding.ts';
import type { Format } from './findings.ts';

/** Of one detector. */
interface ConsideredWords {
  /** What it would have called what it saw. */
  readonly verdict: string;
  /** What it counts where that is not sockets of one state, for one and for several. */
  readonly counted?: readonly [one: string, several: string];
  /** What they have been all that time, where it is not their state that they have been in. */
  readonly lasting?: string;
  /** What it looks at where it counts nothing. */
  readonly thing: string;
}

/** What is said of something that was looked at and let pass, in one language. */
export interface ConsideredTexts {
  /** One line: what was seen, and why it is no finding. */
  readonly sentence: (considered: Considered, format: Format) => string;
  readonly words: Readonly<Record<DetectorName, ConsideredWords>>;
}

/** A value or a threshold with its unit. */
export function measured({ measure }: Considered, value: number, format: Format): string {
  switch (measure) {
    case 'seconds':
      return format.duration(value);
    case 'ratio':
      return format.percent(value);
    case 'bytes':
      return format.bytes(value);
    default:
      return format.number(value);
  }
}
