import { OWNER_GAPS, type View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { never, sortOut, type Least, type Stuck, type StuckGroup } from './stuck-groups.ts';
import { causesOf, detectionsOf, isProbedInVain, stallSeconds, tooYoung } from './stuck.ts';

type Cause = 'peer_not_reading' | 'not_reading';

const CAUSES: readonly Cause[] = ['peer_not_reading', 'not_reading'];

/** Of the receive buffer: the kernel offers a window of nearly nothing from here on. */
const FULL_RATIO = 0.75;

/** The default of tcp_rmem, of which half is offered as window. */
const RECEIVE_BUFFER_BYTES = 131_072;

/**
 * Connections on which one side has stopped reading, so that the other may not send: the peer (our zero-window probes are
 * answered by a window that stays closed), or our own program, whose receive buffer is full.
 */
export const zeroWindow: Detector<'zero_window'> = {
  name: 'zero_window',
  defaults: defaultsFor('zero_window'),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect(view, options, stands) {
    const { minAge, minCount } = options;
    const closed = closedIn(view);
    const isOld = ({ seconds }: Stuck) => seconds >= minAge;
    const least: Least = (role) => ({ apart: role === 'client' ? 1 : minCount, together: 1 });
    const { found } = sortOut(view, closed.filter(isOld), least, stands);
    const young = sortOut(
      view,
      closed.filter((each) => !isOld(each)),
      never,
      stands,
    );
    return {
      detections: detectionsOf(view, found, options, stands, said),
      considered: nearest(tooYoung(view, young.passed, minAge)),
    };
  },
};

const ACCEPT_QUEUE = OWNER_GAPS.indexOf('accept_queue');

function closedIn(view: View): Stuck<Cause>[] {
  const { table, ownerGap } = view.sockets;
  const { ESTABLISHED, CLOSE_WAIT } = KERNEL_STATE;
  return view.stalls.flatMap((stall): Stuck<Cause>[] => {
    const { row, kind } = stall;
    const state = table.state[row];
    const isOpen = state === ESTABLISHED || state === CLOSE_WAIT;
    const peers = kind === 'zero_window' && isOpen && !isProbedInVain(view, stall);
    // What waits in an accept queue has no reader yet.
    const ours = kind === 'not_read' && ownerGap[row] !== ACCEPT_QUEUE && isFull(view, row);
    if (!peers && !ours) return [];
    const cause = peers ? 'peer_not_reading' : 'not_reading';
    return [{ row, cause, seconds: stallSeconds(view, stall), exact: false }];
  });
}

/** Whether the peer is kept from sending; a few bytes that nobody reads keep nobody from anything. */
function isFull({ inspected, limits, sockets }: View, row: number): boolean {
  const memory = inspected.get(row)?.memory;
  if (memory && memory.receiveLimitBytes > 0) {
    return memory.receivedBytes >= FULL_RATIO * memory.receiveLimitBytes;
  }
  return sockets.table.recvQueueBytes[row]! >= (limits.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES) / 2;
}

function said(group: StuckGroup<Cause>, isMany: boolean) {
  const { main, counts } = causesOf(group, CAUSES);
  const peers = main === 'peer_not_reading';
  // Clients pause, and a proxy does not read what it cannot pass on: single ones are only told of.
  const alarms = isMany || (peers && group.role === 'client');
  return {
    cause: main,
    severity: alarms ? ('warning' as const) : ('info' as const),
    certainty: peers ? ('certain' as const) : ('strong' as const),
    states: peers ? (['ESTABLISHED', 'CLOSE_WAIT'] as const) : (['ESTABLISHED'] as const),
    evidence: { peerNotReading: counts.peer_not_reading, notReading: counts.not_reading },
    conditions: [peers ? 'sendq > 0' : 'recvq > 0'],
  };
}
