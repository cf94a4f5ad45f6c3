import type { State } from '../../../../server/model/state.ts';

/**
 * Two TCP ends and the wire between them, by the rules of RFC 9293 with Linux's timers. Everything is plain data: a step
 * copies the whole and changes the copy, so that any earlier moment can be shown again.
 */

export type Side = 'left' | 'right';

export const OTHER: Readonly<Record<Side, Side>> = { left: 'right', right: 'left' };

export interface Segment {
  readonly id: number;
  readonly from: Side;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly seq: number;
  /** The acknowledgement number; null: without the ACK flag, as only a first SYN and some resets are. */
  readonly ack: number | null;
  readonly bytes: number;
  /** Repeats an earlier one so often; 0: it is new. */
  readonly again: number;
  /** Asks whether the peer is there: below what it expects, so that it must answer. */
  readonly probe: boolean;
  readonly sentAt: number;
}

export const TIMERS = ['retransmission', 'time_wait', 'fin_wait2', 'keepalive'] as const;
export type Timer = (typeof TIMERS)[number];

/** One host with at most one connection. Sequence numbers are as in the RFC: SND.UNA, SND.NXT, RCV.NXT. */
export interface End {
  powered: boolean;
  /** It has a socket in LISTEN, which stays while there is a connection. */
  listening: boolean;
  /** Of the connection; CLOSE: there is none. */
  state: State;
  /** The connection came from a listener. */
  passive: boolean;
  /** A program holds a descriptor of it. Nobody does once it was closed, and not yet while it waits for accept(). */
  held: boolean;
  /** It waits in the accept queue. */
  queued: boolean;
  keepalive: boolean;
  una: number;
  next: number;
  expects: number;
  unreadBytes: number;
  finSent: boolean;
  /** What was sent and is not acknowledged, as it would be sent again. */
  unacknowledged: Segment[];
  /** What arrived before something that belongs in front of it. */
  early: Segment[];
  retransmits: number;
  probes: number;
  /** When each running timer fires, in seconds from the start. */
  timers: Partial<Record<Timer, number>>;
}

export interface Net {
  nowSeconds: number;
  ends: Record<Side, End>;
  /** In flight, the oldest first. */
  wire: Segment[];
  nextId: number;
  /** The initial sequence number of each side's next connection. */
  initial: Record<Side, number>;
}

/** How a step is told: each is a sentence about the side that it names. */
export type Telling =
  | 'connects'
  | 'address_in_use'
  | 'accepts'
  | 'sends'
  | 'reads'
  | 'reads_end'
  | 'closes_first'
  | 'closes_second'
  | 'lets_go'
  | 'shuts_down_first'
  | 'shuts_down_second'
  | 'closes_unread'
  | 'closes_connecting'
  | 'aborts'
  | 'is_killed'
  | 'listener_gone'
  | 'loses_power'
  | 'has_power'
  | 'starts'
  | 'asks_for_keepalive'
  | 'segment_lost'
  | 'segment_expired'
  | 'host_is_off'
  | 'gets_syn'
  | 'gets_syn_again'
  | 'gets_syn_in_time_wait'
  | 'gets_syn_ack'
  | 'gets_syn_ack_again'
  | 'opens_at_once'
  | 'is_queued'
  | 'is_open'
  | 'gets_data'
  | 'gets_ack'
  | 'gets_nothing_new'
  | 'gets_ack_of_fin'
  | 'gets_fin'
  | 'gets_fin_last'
  | 'gets_fin_at_once'
  | 'gets_ack_in_closing'
  | 'gets_last_ack'
  | 'gets_fin_again'
  | 'gets_early'
  | 'gets_old'
  | 'answers_probe'
  | 'gets_data_after_close'
  | 'knows_no_connection'
  | 'has_no_listener'
  | 'gets_wrong_ack'
  | 'ignores_reset'
  | 'doubts'
  | 'is_reset'
  | 'is_reset_in_queue'
  | 'is_refused'
  | 'is_reset_in_time_wait'
  | 'retransmits'
  | 'retransmits_syn'
  | 'gives_up'
  | 'time_wait_over'
  | 'fin_wait2_over'
  | 'probes'
  | 'gives_up_probing'
  | 'waits_in_vain';

export type Happening =
  | { readonly kind: 'sent'; readonly segment: Segment }
  | { readonly kind: 'arrived'; readonly segment: Segment }
  /** On the way, of age, or at a host without power. */
  | { readonly kind: 'lost'; readonly segment: Segment }
  | { readonly kind: 'state'; readonly side: Side; readonly from: State; readonly to: State }
  | { readonly kind: 'told'; readonly side: Side; readonly telling: Telling; readonly number: number };

/** A copy that is being changed, and what happens meanwhile. */
export interface Draft {
  readonly net: Net;
  readonly happenings: Happening[];
}

/** Linux holds TIME_WAIT for 60 s, that is 2MSL; so no segment is taken to live longer than half of it. */
export const TIME_WAIT_SECONDS = 60;
export const SEGMENT_LIFETIME_SECONDS = TIME_WAIT_SECONDS / 2;
export const DATA_BYTES = 10;
/** In order, in this window: a reset is believed at its left edge only (RFC 9293, section 3.10.7.4). */
const WINDOW_BYTES = 100;

const FIRST_INITIAL: Readonly<Record<Side, number>> = { left: 100, right: 500 };
const INITIAL_STEP = 1000;

function noConnection(): Omit<End, 'powered' | 'listening'> {
  return {
    state: 'CLOSE',
    passive: false,
    held: false,
    queued: false,
    keepalive: false,
    una: 0,
    next: 0,
    expects: 0,
    unreadBytes: 0,
    finSent: false,
    unacknowledged: [],
    early: [],
    retransmits: 0,
    probes: 0,
    timers: {},
  };
}

/** A client on the left, and a server on the right that listens. */
export function newNet(): Net {
  return {
    nowSeconds: 0,
    ends: {
      left: { powered: true, listening: false, ...noConnection() },
      right: { powered: true, listening: true, ...noConnection() },
    },
    wire: [],
    nextId: 1,
    initial: { ...FIRST_INITIAL },
  };
}

export function tell({ happenings }: Draft, side: Side, telling: Telling, number = 0): void {
  happenings.push({ kind: 'told', side, telling, number });
}

/** Changes the state, and starts and stops the timers that belong to states. */
export function enter(draft: Draft, side: Side, state: State): void {
  const end = draft.net.ends[side];
  const from = end.state;
  if (from === state) return;
  draft.happenings.push({ kind: 'state', side, from, to: state });
  end.state = state;
  if (state === 'CLOSE') Object.assign(end, noConnection());
  if (state === 'TIME_WAIT') {
    // The kernel keeps a mini-socket, which no program holds.
    Object.assign(end, { held: false, unacknowledged: [], early: [] });
    end.timers = { time_wait: draft.net.nowSeconds + TIME_WAIT_SECONDS };
  }
  watchFinWait2(draft, side);
  watchSilence(draft, side);
}

/** tcp_fin_timeout holds for orphans only: as long as a program holds the socket, nothing limits FIN_WAIT2. */
export function watchFinWait2({ net }: Draft, side: Side): void {
  const end = net.ends[side];
  if (end.state === 'FIN_WAIT2' && !end.held) end.timers.fin_wait2 ??= net.nowSeconds + TIME_WAIT_SECONDS;
}

export const KEEPALIVE_SECONDS = 7200;

/** Starts to wait for silence anew: something was heard, or the program has just asked for keepalive. */
export function watchSilence({ net }: Draft, side: Side): void {
  const end = net.ends[side];
  const open = ['ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT2'].includes(end.state);
  end.probes = 0;
  if (end.keepalive && end.held && open) end.timers.keepalive = net.nowSeconds + KEEPALIVE_SECONDS;
  else delete end.timers.keepalive;
}

/** Begins a connection with sequence numbers of its own. */
export function begin(draft: Draft, side: Side, over: Partial<End>): void {
  const { net } = draft;
  const initial = net.initial[side];
  net.initial[side] += INITIAL_STEP;
  Object.assign(net.ends[side], noConnection(), { una: initial, next: initial, ...over });
}

type Fresh = Partial<Pick<Segment, 'syn' | 'fin' | 'rst' | 'seq' | 'ack' | 'bytes' | 'again' | 'probe'>>;

/** Puts a segment on the wire. What takes up sequence numbers is kept until it is acknowledged. */
export function send(draft: Draft, side: Side, what: Fresh): void {
  const { net } = draft;
  const end = net.ends[side];
  const segment: Segment = {
    id: net.nextId++,
    from: side,
    syn: false,
    fin: false,
    rst: false,
    seq: end.next,
    ack: end.expects,
    bytes: 0,
    again: 0,
    probe: false,
    sentAt: net.nowSeconds,
    ...what,
  };
  net.wire.push(segment);
  draft.happenings.push({ kind: 'sent', segment });
  const length = lengthOf(segment);
  if (length === 0 || segment.again > 0 || segment.rst) return;
  end.next = segment.seq + length;
  end.unacknowledged.push(segment);
  if (segment.fin) end.finSent = true;
  end.timers.retransmission ??= net.nowSeconds + timeoutSeconds(end);
}

/** SYN and FIN take up a sequence number each, so that they are acknowledged like data. */
export function lengthOf({ syn, fin, bytes }: Segment): number {
  return bytes + (syn ? 1 : 0) + (fin ? 1 : 0);
}

const FIRST_SYN_TIMEOUT_SECONDS = 1;
const FIRST_TIMEOUT_SECONDS = 0.2;
const MAX_TIMEOUT_SECONDS = 120;
/** tcp_syn_linear_timeouts of Linux 6.5 and later: so many of a SYN's retransmissions come before its timeout doubles. */
export const SYN_LINEAR_TIMEOUTS = 4;

/** Until the oldest unacknowledged segment is sent again: doubled each time, as Linux does with a short round trip. */
export function timeoutSeconds({ state, unacknowledged, retransmits }: End): number {
  const first = unacknowledged[0]?.syn ? FIRST_SYN_TIMEOUT_SECONDS : FIRST_TIMEOUT_SECONDS;
  const doublings = state === 'SYN_SENT' ? Math.max(0, retransmits - SYN_LINEAR_TIMEOUTS) : retransmits;
  return Math.min(first * 2 ** doublings, MAX_TIMEOUT_SECONDS);
}

export function inWindow({ expects }: End, seq: number): boolean {
  return seq >= expects && seq < expects + WINDOW_BYTES;
}

/** Nobody will read what arrives: the program has closed it. */
export function isOrphan({ held, queued }: End): boolean {
  return !held && !queued;
}
