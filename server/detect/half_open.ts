import { fingerprint, type Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { View } from '../model/snapshot.ts';
import { TIMER } from '../model/socket-table.ts';
import { KERNEL_STATE, type State } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { never, sortOut, stuckLabels, type Least, type Stuck, type StuckGroup } from './stuck-groups.ts';
import {
  causesOf,
  detectionsOf,
  isProbedInVain,
  isUnacknowledged,
  kernelEnds,
  longestOf,
  stallSeconds,
  tooYoung,
} from './stuck.ts';

type Options = DetectorOptions['half_open'];
type Cause = 'sending' | 'probing' | 'idle';

/** The states in which a program holds a connection and may not know that the peer is gone. */
const STATES_OF = {
  sending: ['ESTABLISHED', 'CLOSE_WAIT'],
  probing: ['ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT2'],
  idle: ['ESTABLISHED'],
} as const satisfies Record<Cause, readonly State[]>;

/**
 * Connections whose peer is gone without a FIN, as far as it shows: what is sent is not acknowledged, or probes (for
 * keepalive, or for a closed window) get no answer. A silent connection without keepalive is a suspect at most, and only told of.
 */
export const halfOpen: Detector<'half_open'> = {
  name: 'half_open',
  defaults: defaultsFor('half_open'),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect(view, options, stands) {
    const unanswered = unansweredIn(view);
    const silent = silentIn(view);
    const least = leastOf(options);
    const isOld = ({ cause, seconds }: Stuck<Cause>) =>
      seconds >= (cause === 'idle' ? options.idleAfter : options.minAge);
    const strong = sortOut(view, unanswered.filter(isOld), least, stands).found;
    const spokenOf = new Set(strong.map((group) => identity(view, group)));
    const suspects = sortOut(view, silent.filter(isOld), least, stands).found;
    const groups = [...strong, ...suspects.filter((group) => !spokenOf.has(identity(view, group)))];
    const young = (stuck: readonly Stuck<Cause>[]) =>
      sortOut(
        view,
        stuck.filter((each) => !isOld(each)),
        never,
        stands,
      ).passed;
    return {
      detections: detectionsOf(view, groups, options, stands, (group, isMany) => said(view, group, isMany)),
      considered: nearest([
        ...tooYoung(view, young(unanswered), options.minAge),
        ...tooYoung(view, young(silent), options.idleAfter),
      ]),
    };
  },
};

/** A service that does not answer is told of from the first connection to it; clients vanish, so those are counted. */
function leastOf({ minCount }: Options): Least {
  return (role) => ({ apart: role === 'client' ? 1 : minCount, together: 1 });
}

function identity(view: View, group: StuckGroup): string {
  return fingerprint('half_open', stuckLabels(view, group));
}

function unansweredIn(view: View): Stuck<Cause>[] {
  const { table } = view.sockets;
  return view.stalls.flatMap((stall): Stuck<Cause>[] => {
    const state = table.state[stall.row];
    const cause = isUnacknowledged(view, stall) ? 'sending' : isProbedInVain(view, stall) ? 'probing' : null;
    if (cause === null || !STATES_OF[cause].some((name) => KERNEL_STATE[name] === state)) return [];
    return [{ row: stall.row, cause, seconds: stallSeconds(view, stall), exact: false }];
  });
}

function silentIn({ inspected, sockets: { table } }: View): Stuck<Cause>[] {
  const silent: Stuck<Cause>[] = [];
  for (const [row, told] of inspected) {
    const nothingMoves =
      table.state[row] === KERNEL_STATE.ESTABLISHED &&
      table.timer[row] === TIMER.none &&
      table.sendQueueBytes[row] === 0 &&
      table.recvQueueBytes[row] === 0;
    if (!nothingMoves) continue;
    const seconds = Math.min(told.lastDataReceivedSeconds, told.lastAckReceivedSeconds);
    silent.push({ row, cause: 'idle', seconds, exact: true });
  }
  return silent;
}

const CAUSES: readonly Cause[] = ['sending', 'probing', 'idle'];

function said(view: View, group: StuckGroup<Cause>, isMany: boolean) {
  const { main, counts } = causesOf(group, CAUSES);
  const { keepalive } = view.limits;
  const asked = view.sockets.table.timer[longestOf(group).row] === TIMER.keepalive;
  const idle = main === 'idle';
  const evidence: Detection['evidence'] = {
    sending: counts.sending,
    probing: counts.probing,
    ...(main === 'sending' && kernelEnds(view, group)),
    ...(main === 'probing' && !asked && kernelEnds(view, group)),
    ...(main === 'probing' &&
      asked && {
        keepaliveIntervalSeconds: keepalive?.intervalSeconds ?? null,
        keepaliveProbes: keepalive?.probes ?? null,
      }),
    ...(idle && { keepaliveTimeSeconds: keepalive?.timeSeconds ?? null }),
  };
  return {
    cause: main,
    severity: !idle && (group.role === 'client' || isMany) ? ('warning' as const) : ('info' as const),
    certainty: idle ? ('suspect' as const) : ('strong' as const),
    states: STATES_OF[main],
    evidence,
    ...(main === 'sending' && { conditions: ['sendq > 0'] }),
  };
}
