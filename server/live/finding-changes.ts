import type { Evidence, Finding } from '../model/finding.ts';
import type { FindingChange, FindingChanges } from '../model/live.ts';
import { haveSameKeys, valuesThatDiffer } from './differences.ts';

/**
 * What became of the findings from one pass to the next; undefined where nothing did. Most of a finding stays as it is
 * while its numbers move, and of two hundred the moving numbers are a fifth.
 */
export function findingChanges(
  before: readonly Finding[],
  now: readonly Finding[],
): FindingChanges | undefined {
  const known = new Map(before.map((finding) => [finding.fingerprint, finding]));
  const whole: Finding[] = [];
  const changed: FindingChange[] = [];
  for (const finding of now) {
    const old = known.get(finding.fingerprint);
    known.delete(finding.fingerprint);
    if (!old || !haveSameKeys(old, finding) || !haveSameKeys(old.evidence, finding.evidence)) {
      whole.push(finding);
      continue;
    }
    const values = valuesThatDiffer(old, finding);
    if (values.evidence) values.evidence = valuesThatDiffer(old.evidence, finding.evidence) as Evidence;
    if (Object.keys(values).length > 0) changed.push({ fingerprint: finding.fingerprint, ...values });
  }
  const gone = [...known.keys()];
  return gone.length + whole.length + changed.length > 0 ? { gone, whole, changed } : undefined;
}
