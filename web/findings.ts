import type { Considered, Finding, Severity } from '../server/model/finding.ts';

/** From mild to severe; the model's own list would bring its whole schema library to the page. */
const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** A finding and those that follow from it: one cause, which is counted once. */
export interface FindingGroup {
  readonly root: Finding;
  /** The worst first. */
  readonly consequences: readonly Finding[];
  /** The worst among all of them. */
  readonly severity: Severity;
}

/** The worst first; of those alike, what is full soonest, then what concerns most sockets. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      RANK[b.severity] - RANK[a.severity] ||
      (a.forecast?.inSeconds ?? Infinity) - (b.forecast?.inSeconds ?? Infinity) ||
      b.count - a.count ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
}

/** The group with the worst finding first. What follows from a finding that is not listed stands for itself. */
export function groupsOf(findings: readonly Finding[]): FindingGroup[] {
  const sorted = worstFirst(findings);
  const listed = new Set(findings.map(({ fingerprint }) => fingerprint));
  const consequences = new Map<string, Finding[]>();
  const roots: Finding[] = [];
  for (const finding of sorted) {
    const { causedBy } = finding;
    if (causedBy === undefined || !listed.has(causedBy)) roots.push(finding);
    else consequences.set(causedBy, [...(consequences.get(causedBy) ?? []), finding]);
  }
  const groups = roots.map((root) => {
    const follow = consequences.get(root.fingerprint) ?? [];
    return { root, consequences: follow, severity: worstOf([root, ...follow]) };
  });
  return groups.toSorted((a, b) => RANK[b.severity] - RANK[a.severity]);
}

function worstOf(findings: readonly Finding[]): Severity {
  return findings.reduce<Severity>((worst, { severity }) => worse(worst, severity), 'info');
}

export function worse(a: Severity, b: Severity): Severity {
  return RANK[b] > RANK[a] ? b : a;
}

/**
 * What was looked at and let pass, in the order in which a reader may wonder about it: what is harmless however much there is
 * of it, then what is nearest to its threshold.
 */
export function noteworthy(considered: readonly Considered[]): Considered[] {
  const nearness = ({ value, threshold }: Considered) =>
    threshold === null ? Infinity : threshold === 0 ? 0 : value / threshold;
  return considered.toSorted((a, b) => {
    const [nearA, nearB] = [nearness(a), nearness(b)];
    return nearA === nearB ? b.count - a.count : nearB - nearA;
  });
}
