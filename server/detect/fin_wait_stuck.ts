import { fingerprint, type Consideration } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { View } from '../model/snapshot.ts';
import type { Detected, Detector, Stands } from '../model/units.ts';
import { nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { never, sortOut, type Stuck, type StuckGroup } from './stuck-groups.ts';
import { detectionsOf, tooFew, tooYoung } from './stuck.ts';
import { detectUndelivered } from './undelivered.ts';

type Options = DetectorOptions['fin_wait_stuck'];

/**
 * Our side has closed first. FIN_WAIT1: its FIN, or data before it, does not get through. FIN_WAIT2 of a program: the peer
 * has it and does not close, for which no timer of the kernel waits. FIN_WAIT2 of nobody ends by tcp_fin_timeout.
 */
export const finWaitStuck: Detector<'fin_wait_stuck'> = {
  name: 'fin_wait_stuck',
  defaults: defaultsFor('fin_wait_stuck'),
  settleSeconds: ({ minAge, minHalfClosedAge }) => minHalfClosedAge + minAge,
  detect(view, options, stands) {
    const first = detectUndelivered(view, 'FIN_WAIT1', options, stands);
    const spokenOf = new Set(first.detections.map(({ labels }) => fingerprint('', labels)));
    const second = halfClosed(view, options, stands);
    return {
      detections: [
        ...first.detections,
        ...second.detections.filter(({ labels }) => !spokenOf.has(fingerprint('', labels))),
      ],
      considered: [...first.considered, ...second.considered],
    };
  },
};

/** FIN_WAIT2. One with unread bytes waits for our side, and one that receives is not stuck. */
function halfClosed(view: View, options: Options, stands: Stands): Detected {
  const { minHalfClosedAge, minCount } = options;
  const { table, ageSeconds, ageExact } = view.sockets;
  const waiting: Stuck<'peer_not_closing'>[] = [];
  const receiving: Stuck[] = [];
  const orphans: Stuck[] = [];
  for (const row of view.rowsIn('FIN_WAIT2')) {
    const stuck = {
      row,
      cause: 'peer_not_closing',
      seconds: ageSeconds[row]!,
      exact: ageExact[row] === 1,
    } as const;
    const received = view.inspected.get(row)?.lastDataReceivedSeconds ?? Infinity;
    if (table.inode[row] === 0) orphans.push(stuck);
    else if (received < Math.min(minHalfClosedAge, stuck.seconds)) receiving.push(stuck);
    else if (table.recvQueueBytes[row] === 0) waiting.push(stuck);
  }
  const isOld = ({ seconds }: Stuck) => seconds >= minHalfClosedAge;
  const old = sortOut(view, waiting.filter(isOld), () => ({ apart: minCount, together: minCount }), stands);
  const passed = (stuck: readonly Stuck[]) => sortOut(view, stuck, never, stands).passed;
  return {
    detections: detectionsOf(view, old.found, options, stands, (_, isMany) => ({
      cause: 'peer_not_closing',
      severity: isMany ? 'warning' : 'info',
      certainty: 'strong',
      states: ['FIN_WAIT2'],
      evidence: {},
    })),
    considered: [
      ...nearest([
        ...tooFew(view, old.passed, minCount),
        ...tooYoung(view, passed(waiting.filter((each) => !isOld(each))), minHalfClosedAge),
      ]),
      ...nearest(becauseOf('makes_progress', view, passed(receiving), minHalfClosedAge)),
      ...nearest(becauseOf('kernel_ends_it', view, passed(orphans), view.limits.finTimeoutSeconds)),
    ],
  };
}

function becauseOf(
  reason: Consideration['reason'],
  view: View,
  groups: readonly StuckGroup[],
  threshold: number | null,
): Consideration[] {
  return tooYoung(view, groups, 0).map((considered) => ({ ...considered, reason, threshold }));
}
