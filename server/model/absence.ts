import { MAX_FINDINGS, type Observation } from './observation.ts';

type Facts = Pick<Observation, 'findings' | 'undecided' | 'undecidedNamespaces' | 'units'>;

/**
 * Whether it means anything that a detector does not report a finding: not before it has watched long enough, not where it
 * failed, not where the network namespace was not read, and not where the list was cut at its maximum.
 */
export function absenceCounts(
  facts: Facts,
): (detector: string, labels: Readonly<Record<string, string>>) => boolean {
  const failed = facts.units.filter((unit) => unit.kind === 'detector' && !unit.ok).map((unit) => unit.name);
  const silent = new Set([...facts.undecided, ...failed]);
  const unread = new Set(facts.undecidedNamespaces);
  const cut = facts.findings.length >= MAX_FINDINGS;
  return (detector, labels) => !cut && !silent.has(detector) && !unread.has(labels['netns'] ?? '');
}
