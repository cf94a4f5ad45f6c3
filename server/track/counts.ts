import type { Observation } from '../model/observation.ts';
import type { Counters } from '../model/snapshot.ts';
import { TIMER, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';
import { countsOf, ratesOf, sockstatOf } from './summary.ts';
import { increases } from './tracker.ts';

interface CountsInput {
  /** Every socket but those in ESTABLISHED. */
  readonly table: SocketTable;
  /** Read at about the same time. */
  readonly counters: Counters;
  readonly monotonicSeconds: number;
}

/** What a pass that does not list ESTABLISHED sockets says. */
export type Counts = Pick<Observation, 'sockets' | 'rates' | 'sockstat'>;

/** The counters of the pass before, of either kind. */
export interface CountersBefore {
  readonly counters: Counters;
  readonly monotonicSeconds: number;
}

/**
 * Counts sockets where those in ESTABLISHED were not listed. Their number is that of the counter Tcp.CurrEstab, which counts
 * ESTABLISHED and CLOSE_WAIT of the network namespace, less the CLOSE_WAIT that were. How many of them are IPv6 follows
 * from sockstat6, whose `inuse` is the number of IPv6 sockets in the kernel's tables. null without Tcp.CurrEstab.
 */
export function countWithoutEstablished(input: CountsInput, before: CountersBefore | null): Counts | null {
  const { table, counters, monotonicSeconds } = input;
  const currEstab = counters['Tcp.CurrEstab'];
  if (currEstab === undefined) return null;
  const ipv4 = new Uint32Array(KERNEL_STATE_SLOTS);
  const ipv6 = new Uint32Array(KERNEL_STATE_SLOTS);
  let inuse6 = 0;
  for (let row = 0; row < table.count; row++) {
    const state = table.state[row]!;
    if (table.family[row] === 6) {
      ipv6[state]!++;
      if (isInUse(table, row)) inuse6++;
    } else ipv4[state]!++;
  }
  const { ESTABLISHED, CLOSE_WAIT } = KERNEL_STATE;
  // The table and the counters are not of one instant: what that makes negative is none.
  const established = Math.max(0, currEstab - ipv4[CLOSE_WAIT]! - ipv6[CLOSE_WAIT]!);
  const established6 = (counters['sockstat6.TCP6.inuse'] ?? 0) - inuse6;
  ipv6[ESTABLISHED] = Math.min(established, Math.max(0, established6));
  ipv4[ESTABLISHED] = established - ipv6[ESTABLISHED];
  return {
    sockets: countsOf(ipv4, ipv6),
    rates: before
      ? ratesOf(increases(before.counters, counters), monotonicSeconds - before.monotonicSeconds)
      : null,
    sockstat: sockstatOf(counters),
  };
}

/**
 * Whether `inuse` of sockstat counts it: not mini-sockets (TIME_WAIT, orphaned FIN_WAIT2, requests), nor sockets that are
 * bound and no more. Source: sock_prot_inuse_add() in net/ipv4/inet_hashtables.c.
 */
function isInUse(table: SocketTable, row: number): boolean {
  switch (table.state[row]) {
    case KERNEL_STATE.TIME_WAIT:
    case KERNEL_STATE.SYN_RECV:
    case KERNEL_STATE.CLOSE:
    // Not to be there; where it is all the same, it belongs to what remains.
    case KERNEL_STATE.ESTABLISHED:
      return false;
    case KERNEL_STATE.FIN_WAIT2:
      return table.timer[row] !== TIMER.time_wait;
    default:
      return true;
  }
}
