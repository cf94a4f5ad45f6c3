import type { State } from '../../server/model/state.ts';

/** The phases of a connection's life; each has one hue, everywhere on the page. */
export type Phase = 'opening' | 'open' | 'active' | 'passive' | 'closed';

export const PHASE: Readonly<Record<State, Phase>> = {
  LISTEN: 'opening',
  SYN_SENT: 'opening',
  SYN_RECV: 'opening',
  ESTABLISHED: 'open',
  FIN_WAIT1: 'active',
  FIN_WAIT2: 'active',
  CLOSING: 'active',
  TIME_WAIT: 'active',
  CLOSE_WAIT: 'passive',
  LAST_ACK: 'passive',
  CLOSE: 'closed',
};

/** States of one phase share a hue and differ by dash (pixels on, off, …), so that no line is told by colour alone. */
export const DASH: Readonly<Record<State, readonly number[]>> = {
  LISTEN: [],
  SYN_SENT: [7, 3],
  SYN_RECV: [2, 2],
  ESTABLISHED: [],
  FIN_WAIT1: [7, 3],
  FIN_WAIT2: [2, 2],
  CLOSING: [8, 2, 2, 2],
  TIME_WAIT: [],
  CLOSE_WAIT: [],
  LAST_ACK: [7, 3],
  CLOSE: [],
};
