import type { Finding, Severity } from '../../server/model/finding.ts';
import type { State } from '../../server/model/state.ts';
import { STATE_OF_DETECTOR } from './phases.ts';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** The findings of one state: `trouble` changes the node's shape, `notes` only explain. */
export interface StateFindings {
  readonly trouble: number;
  readonly notes: number;
  /** The worst of them. */
  readonly severity: Severity;
}

export function findingsByState(findings: readonly Finding[]): ReadonlyMap<State, StateFindings> {
  const byState = new Map<State, StateFindings>();
  for (const { detector, severity } of findings) {
    const state = STATE_OF_DETECTOR[detector];
    const before = byState.get(state) ?? { trouble: 0, notes: 0, severity: 'info' };
    const note = severity === 'info';
    byState.set(state, {
      trouble: before.trouble + (note ? 0 : 1),
      notes: before.notes + (note ? 1 : 0),
      severity: RANK[severity] > RANK[before.severity] ? severity : before.severity,
    });
  }
  return byState;
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
