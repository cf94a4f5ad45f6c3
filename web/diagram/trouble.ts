import type { CAUSES, Finding, Severity } from '../../server/model/finding.ts';
import type { State } from '../../server/model/state.ts';
import { groupsOf, worse } from '../findings.ts';

type Places = {
  readonly [D in keyof typeof CAUSES]: Place | Readonly<Record<(typeof CAUSES)[D][number], Place>>;
};
/** null: it is about the host or a process, whatever the state of their sockets; the verdict and the list have it. */
type Place = State | null;

/** The state in which each detector finds its trouble, by cause where it depends: where the diagram shows it. */
const PLACES: Places = {
  close_wait_leak: 'CLOSE_WAIT',
  time_wait_buildup: 'TIME_WAIT',
  port_exhaustion: { held_open: 'ESTABLISHED', bound_only: 'CLOSE' },
  syn_backlog: 'SYN_RECV',
  accept_queue_full: 'LISTEN',
  orphan_pressure: null,
  tcp_memory_pressure: null,
  descriptor_exhaustion: null,
  reset_storm: null,
  conntrack_full: null,
  half_open: 'ESTABLISHED',
  zero_window: 'ESTABLISHED',
  fin_wait_stuck: { undelivered: 'FIN_WAIT1', window_closed: 'FIN_WAIT1', peer_not_closing: 'FIN_WAIT2' },
  last_ack_stuck: 'LAST_ACK',
  closing_stuck: 'CLOSING',
  syn_sent_stuck: 'SYN_SENT',
};

/** The findings of one state: `trouble` changes the node's shape, `notes` only explain. */
export interface StateFindings {
  readonly trouble: number;
  readonly notes: number;
  /** The worst of them. */
  readonly severity: Severity;
}

/** What follows from another finding is a note here: the eye is led to the root. */
export function findingsByState(findings: readonly Finding[]): ReadonlyMap<State, StateFindings> {
  const byState = new Map<State, StateFindings>();
  function add(finding: Finding, note: boolean): void {
    const state = placeOf(finding);
    if (state === null) return;
    const before = byState.get(state) ?? { trouble: 0, notes: 0, severity: 'info' };
    byState.set(state, {
      trouble: before.trouble + (note ? 0 : 1),
      notes: before.notes + (note ? 1 : 0),
      severity: note ? before.severity : worse(before.severity, finding.severity),
    });
  }
  for (const { root, consequences } of groupsOf(findings)) {
    add(root, root.severity === 'info');
    for (const finding of consequences) add(finding, true);
  }
  return byState;
}

/** A detector or a cause of another version has no place. */
function placeOf({ detector, cause }: Finding): Place {
  const place = entryIn(PLACES, detector);
  return typeof place === 'object' && place !== null ? (entryIn(place, cause) ?? null) : (place ?? null);
}

function entryIn<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
