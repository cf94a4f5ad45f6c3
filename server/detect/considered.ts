import type { Consideration } from '../model/finding.ts';

/** So many of what a detector let pass are told of. */
const MOST = 5;

/** The nearest to their thresholds, then the largest. */
export function nearest(considered: readonly Consideration[]): Consideration[] {
  const nearness = ({ value, threshold }: Consideration) =>
    threshold === null || threshold === 0 ? 0 : value / threshold;
  return [...considered].sort((a, b) => nearness(b) - nearness(a) || b.count - a.count).slice(0, MOST);
}
