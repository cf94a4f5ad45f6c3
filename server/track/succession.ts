import { KERNEL_STATE, KERNEL_STATE_SLOTS, stateOfKernel, type State } from '../model/state.ts';

/** Single steps of a connection's life. Source: RFC 9293, section 3.3.2. Any state may end in CLOSE. */
const STEPS: Readonly<Record<State, readonly State[]>> = {
  LISTEN: [],
  SYN_SENT: ['SYN_RECV', 'ESTABLISHED'],
  SYN_RECV: ['ESTABLISHED', 'FIN_WAIT1', 'CLOSE_WAIT'],
  ESTABLISHED: ['FIN_WAIT1', 'CLOSE_WAIT'],
  FIN_WAIT1: ['FIN_WAIT2', 'CLOSING', 'TIME_WAIT'],
  FIN_WAIT2: ['TIME_WAIT'],
  CLOSING: ['TIME_WAIT'],
  TIME_WAIT: [],
  CLOSE_WAIT: ['LAST_ACK'],
  LAST_ACK: [],
  CLOSE: [],
};

/** Several steps may fall between two passes: 1 at [from * KERNEL_STATE_SLOTS + to] where a path leads there, or from = to. */
const REACHABLE = new Uint8Array(KERNEL_STATE_SLOTS * KERNEL_STATE_SLOTS);
for (let from = 1; from < KERNEL_STATE_SLOTS; from++) {
  const start = stateOfKernel(from);
  const open: State[] = start === undefined ? [] : [start, 'CLOSE'];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const at = from * KERNEL_STATE_SLOTS + KERNEL_STATE[state];
    if (REACHABLE[at] === 0) open.push(...STEPS[state]);
    REACHABLE[at] = 1;
  }
}

/** States that a connection without a descriptor can be in after close(). */
const ORPHANED = among('FIN_WAIT1', 'FIN_WAIT2', 'CLOSING', 'TIME_WAIT', 'LAST_ACK', 'CLOSE');
/** States of a connection that accept() has yet to give a descriptor. */
const UNACCEPTED = among('SYN_RECV', 'ESTABLISHED', 'CLOSE_WAIT');

function among(...states: State[]): Uint8Array {
  const flags = new Uint8Array(KERNEL_STATE_SLOTS);
  for (const state of states) flags[KERNEL_STATE[state]] = 1;
  return flags;
}

/**
 * Whether a socket of the same 4-tuple, seen later, can be the same connection. States are kernel numbers. An inode that
 * becomes 0 is a close(), one that was 0 an accept(); another inode is another socket on a port used again.
 */
export function succeeds(oldState: number, oldInode: number, state: number, inode: number): boolean {
  if (REACHABLE[oldState * KERNEL_STATE_SLOTS + state] === 0) return false;
  if (inode === oldInode) return true;
  if (inode === 0) return ORPHANED[state] === 1;
  return oldInode === 0 && UNACCEPTED[oldState] === 1;
}
