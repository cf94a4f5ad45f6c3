/**
 * The states of a TCP socket, in the kernel's own numbers and names.
 * Source: include/net/tcp_states.h; RFC 9293, section 3.3.2.
 */

/** All eleven, in the order a connection lives through them: opening, open, closing, closed. */
export const STATES = [
  'LISTEN',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'CLOSING',
  'TIME_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'CLOSE',
] as const;

export type State = (typeof STATES)[number];

/** The kernel's number of each state, as in the `st` column of /proc/net/tcp. */
export const KERNEL_STATE = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
} as const satisfies Record<State, number>;

/** Room for an array indexed by kernel state number; 0 is no state. */
export const KERNEL_STATE_SLOTS = 12;

/** TCP_NEW_SYN_RECV: a request socket; people know it as SYN_RECV. */
const KERNEL_NEW_SYN_RECV = 12;
/** TCP_BOUND_INACTIVE (a pseudo state of sock_diag): bound and not connected; shown as CLOSE. */
const KERNEL_BOUND_INACTIVE = 13;

const STATE_OF_KERNEL: (State | undefined)[] = [];
for (const state of STATES) STATE_OF_KERNEL[KERNEL_STATE[state]] = state;

/** The name of a kernel state number (1 to 11), or undefined where there is none. */
export function stateOfKernel(number: number): State | undefined {
  return STATE_OF_KERNEL[number];
}

/** Folds the kernel's thirteen states into the eleven that people know; 0 where the number is none. */
export function foldKernelState(number: number): number {
  if (number === KERNEL_NEW_SYN_RECV) return KERNEL_STATE.SYN_RECV;
  if (number === KERNEL_BOUND_INACTIVE) return KERNEL_STATE.CLOSE;
  return STATE_OF_KERNEL[number] === undefined ? 0 : number;
}

/** The metric label of a state: `close_wait`. */
export function stateLabel(state: State): string {
  return state.toLowerCase();
}

/** The name of a state in the filter language of `ss`: `close-wait`, `fin-wait-1`, `closed`. */
export const SS_STATE = {
  LISTEN: 'listening',
  SYN_SENT: 'syn-sent',
  SYN_RECV: 'syn-recv',
  ESTABLISHED: 'established',
  FIN_WAIT1: 'fin-wait-1',
  FIN_WAIT2: 'fin-wait-2',
  CLOSING: 'closing',
  TIME_WAIT: 'time-wait',
  CLOSE_WAIT: 'close-wait',
  LAST_ACK: 'last-ack',
  CLOSE: 'closed',
} as const satisfies Record<State, string>;

/** A count for every state, zero-filled. */
export function zeroByState(): Record<State, number> {
  return Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>;
}
