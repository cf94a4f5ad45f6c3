import type { Consideration } from '../model/finding.ts';

/** So many of what a detector let pass are told of. */
const MOST = 5;

/** A limit of which only `value`, a share, is used; `threshold` is the share from which that is a finding. */
export function belowLimit(
  labels: Consideration['labels'],
  value: number,
  threshold: number,
  { count = 0, state = null }: Partial<Pick<Consideration, 'count' | 'state'>> = {},
): Consideration {
  return { reason: 'below_limit', labels, measure: 'ratio', value, threshold, count, state };
}

/** The nearest to their thresholds, then the largest. */
export function nearest(considered: readonly Consideration[]): Consideration[] {
  const nearness = ({ value, threshold }: Consideration) =>
    threshold === null || threshold === 0 ? 0 : value / threshold;
  return [...considered].sort((a, b) => nearness(b) - nearness(a) || b.count - a.count).slice(0, MOST);
}
