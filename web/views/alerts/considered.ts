import type { Considered } from '../../../server/model/finding.ts';
import { noteworthy } from '../../findings.ts';

/** What was let pass, by detector: the one that is nearest to a finding first, and so within each. */
export function byDetector(considered: readonly Considered[]): [detector: string, list: Considered[]][] {
  const groups = new Map<string, Considered[]>();
  for (const each of noteworthy(considered)) {
    groups.set(each.detector, [...(groups.get(each.detector) ?? []), each]);
  }
  return [...groups];
}
