import type { Consideration, Detection } from '../model/finding.ts';
import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE, type State } from '../model/state.ts';
import type { Detected, Stands } from '../model/units.ts';
import { nearest } from './considered.ts';
import { never, sortOut, type Stuck, type StuckGroup } from './stuck-groups.ts';
import {
  causesOf,
  detectionsOf,
  isProbedInVain,
  isUnacknowledged,
  kernelEnds,
  stallSeconds,
  tooFew,
  tooYoung,
} from './stuck.ts';

export type UndeliveredCause = 'undelivered' | 'window_closed';

const CAUSES: readonly UndeliveredCause[] = ['undelivered', 'window_closed'];

interface Options {
  readonly minAge: number;
  readonly minCount: number;
  readonly minShare: number;
}

/**
 * Connections in one closing state whose FIN, or the data before it, does not get through: nothing is acknowledged, or the
 * peer takes no more. Few of them are told of as let pass, since the kernel ends what no program holds.
 */
export function detectUndelivered(
  view: View,
  state: 'FIN_WAIT1' | 'LAST_ACK' | 'CLOSING',
  options: Options,
  stands: Stands,
): Detected & { detections: readonly (Detection & { cause: UndeliveredCause })[] } {
  const { minAge, minCount } = options;
  const stuck = undeliveredIn(view, KERNEL_STATE[state]);
  const isOld = ({ seconds }: Stuck) => seconds >= minAge;
  const least = () => ({ apart: minCount, together: minCount });
  const old = sortOut(view, stuck.filter(isOld), least, stands);
  const young = sortOut(
    view,
    stuck.filter((each) => !isOld(each)),
    never,
    stands,
  );
  const considered: Consideration[] = [
    ...tooFew(view, old.passed, minCount),
    ...tooYoung(view, young.passed, minAge),
  ];
  return {
    detections: detectionsOf(view, old.found, options, stands, (group, isMany) =>
      said(view, group, state, isMany),
    ),
    considered: nearest(considered),
  };
}

function undeliveredIn(view: View, state: number): Stuck<UndeliveredCause>[] {
  const { table } = view.sockets;
  return view.stalls.flatMap((stall): Stuck<UndeliveredCause>[] => {
    if (table.state[stall.row] !== state) return [];
    const seconds = stallSeconds(view, stall);
    if (isUnacknowledged(view, stall) || isProbedInVain(view, stall))
      return [{ row: stall.row, cause: 'undelivered', seconds, exact: false }];
    if (stall.kind !== 'zero_window') return [];
    return [{ row: stall.row, cause: 'window_closed', seconds, exact: false }];
  });
}

function said(view: View, group: StuckGroup<UndeliveredCause>, state: State, isMany: boolean) {
  const { main, counts } = causesOf(group, CAUSES);
  const evidence: Detection['evidence'] = {
    undelivered: counts.undelivered,
    windowClosed: counts.window_closed,
    // A peer that answers with a closed window is asked again and again, for as long as a program holds the socket.
    ...(main === 'undelivered' && kernelEnds(view, group)),
  };
  return {
    cause: main,
    severity: isMany ? ('warning' as const) : ('info' as const),
    certainty: main === 'undelivered' ? ('strong' as const) : ('certain' as const),
    states: [state],
    evidence,
  };
}
