import { severityRank, type Finding } from '../model/finding.ts';
import { MAX_FINDINGS } from '../model/observation.ts';

/** A finding that comes back within this time is the same one: a count that hovers at a threshold is one story. */
const REMEMBER_SECONDS = 60;
/** The bound of the memory; the finding not seen for longest is forgotten first. */
const MAX_REMEMBERED = 5 * MAX_FINDINGS;

export interface FindingMemory {
  /**
   * The findings of a complete pass with the time of first sight, the most severe and largest first, at most MAX_FINDINGS.
   * `at`: wall clock, milliseconds since 1970.
   */
  update(
    findings: readonly Omit<Finding, 'firstSeenAt'>[],
    now: { readonly at: number; readonly monotonicSeconds: number },
  ): Finding[];
}

export function createFindingMemory(): FindingMemory {
  const seen = new Map<string, { firstSeenAt: string; lastSeconds: number }>();
  return {
    update(findings, { at, monotonicSeconds }) {
      const listed = [...findings]
        .sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || b.count - a.count)
        .slice(0, MAX_FINDINGS)
        .map((finding) => {
          const known = seen.get(finding.fingerprint);
          const firstSeenAt = known?.firstSeenAt ?? new Date(at).toISOString();
          seen.delete(finding.fingerprint);
          seen.set(finding.fingerprint, { firstSeenAt, lastSeconds: monotonicSeconds });
          return { ...finding, firstSeenAt };
        });
      for (const [fingerprint, { lastSeconds }] of seen) {
        if (seen.size <= MAX_REMEMBERED && monotonicSeconds - lastSeconds <= REMEMBER_SECONDS) break;
        seen.delete(fingerprint);
      }
      return listed;
    },
  };
}
