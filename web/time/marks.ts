import type { Severity } from '../../server/model/finding.ts';
import type { Range } from './range.ts';

/** Something that began at a moment, and may have ended; milliseconds since 1970. */
export interface Mark {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly from: number;
  /** null: it goes on. */
  readonly to: number | null;
  readonly href: string;
}

/** Marks that stand so close together that they are one, at a part of the width from the left. */
export interface Cluster {
  readonly at: number;
  readonly worst: Severity;
  /** The worst first, then the latest. */
  readonly marks: readonly Mark[];
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly severity: Severity;
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** Where marks stand in a range: what began before stands at its edge. `apart`: as a part of the width. */
export function clustersOf(marks: readonly Mark[], { from, to }: Range, apart: number): Cluster[] {
  const placed = marks
    .map((mark) => ({ mark, at: Math.max(0, (mark.from - from) / (to - from)) }))
    .filter(({ mark, at }) => at <= 1 && (mark.to ?? to) >= from)
    .sort((a, b) => a.at - b.at);
  const groups: { at: number; marks: Mark[] }[] = [];
  for (const { mark, at } of placed) {
    const last = groups.at(-1);
    if (last && at - last.at < apart) last.marks.push(mark);
    else groups.push({ at, marks: [mark] });
  }
  return groups.map((group) => {
    const sorted = group.marks.sort((a, b) => RANK[b.severity] - RANK[a.severity] || b.from - a.from);
    return { at: group.at, worst: sorted[0]!.severity, marks: sorted };
  });
}

/** The time that each severity lasted, as parts of the width; what overlaps is one bar, and the worse lies over the milder. */
export function barsOf(marks: readonly Mark[], { from, to }: Range): Bar[] {
  const part = (moment: number) => Math.min(Math.max((moment - from) / (to - from), 0), 1);
  return (['info', 'warning', 'critical'] as const).flatMap((severity) => {
    const bars: { from: number; to: number; severity: Severity }[] = [];
    const spans = marks
      .filter((mark) => mark.severity === severity && mark.from <= to && (mark.to ?? to) >= from)
      .map((mark) => ({ from: part(mark.from), to: part(mark.to ?? to) }))
      .sort((a, b) => a.from - b.from);
    for (const span of spans) {
      const last = bars.at(-1);
      if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
      else bars.push({ ...span, severity });
    }
    return bars;
  });
}
