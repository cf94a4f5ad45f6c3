import {
  enter,
  isOrphan,
  KEEPALIVE_SECONDS,
  send,
  SEGMENT_LIFETIME_SECONDS,
  SYN_LINEAR_TIMEOUTS,
  tell,
  timeoutSeconds,
  TIMERS,
  type Draft,
  type End,
  type Net,
  type Segment,
  type Side,
  type Timer,
} from './net.ts';
import { sendAgain } from './receive.ts';

/** Linux's defaults: tcp_syn_retries, tcp_synack_retries, tcp_retries2, tcp_orphan_retries (0 stands for 8). */
const RETRIES = { syn: 6, synAck: 5, open: 15, orphan: 8 } as const;
const KEEPALIVE_INTERVAL_SECONDS = 75;
const KEEPALIVE_PROBES = 9;
const IDLE_SECONDS = 3600;

export type Due =
  | { readonly kind: 'timer'; readonly side: Side; readonly timer: Timer; readonly at: number }
  | { readonly kind: 'expiry'; readonly segment: Segment; readonly at: number };

/** What time brings next; null: nothing, however long one waits. */
export function nextDue({ ends, wire }: Net): Due | null {
  const due: Due[] = wire.map((segment) => ({
    kind: 'expiry',
    segment,
    at: segment.sentAt + SEGMENT_LIFETIME_SECONDS,
  }));
  for (const side of ['left', 'right'] as const) {
    for (const timer of TIMERS) {
      const at = ends[side].timers[timer];
      if (at !== undefined) due.push({ kind: 'timer', side, timer, at });
    }
  }
  // Where both are due at once, a segment's life ends before the TIME_WAIT that outlasts it.
  return due.reduce<Due | null>((first, each) => (first === null || each.at < first.at ? each : first), null);
}

/** Lets time go on to the next thing that is due and no further, or an hour where nothing ever is. */
export function elapse(draft: Draft): void {
  const { net } = draft;
  const due = nextDue(net);
  if (due === null) {
    net.nowSeconds += IDLE_SECONDS;
    return tell(draft, net.ends.left.state === 'CLOSE' ? 'right' : 'left', 'waits_in_vain', IDLE_SECONDS);
  }
  net.nowSeconds = due.at;
  if (due.kind === 'expiry') {
    net.wire = net.wire.filter(({ id }) => id !== due.segment.id);
    draft.happenings.push({ kind: 'lost', segment: due.segment });
    return tell(draft, due.segment.from, 'segment_expired', SEGMENT_LIFETIME_SECONDS);
  }
  fire(draft, due.side, due.timer);
}

function fire(draft: Draft, side: Side, timer: Timer): void {
  if (timer === 'retransmission') return retransmit(draft, side);
  if (timer === 'keepalive') return probe(draft, side);
  enter(draft, side, 'CLOSE');
  tell(draft, side, timer === 'time_wait' ? 'time_wait_over' : 'fin_wait2_over');
}

function retransmit(draft: Draft, side: Side): void {
  const end = draft.net.ends[side];
  if (end.retransmits >= retriesOf(end)) {
    // No reset is sent: there is nobody to hear it.
    enter(draft, side, 'CLOSE');
    return tell(draft, side, 'gives_up');
  }
  end.retransmits += 1;
  end.timers.retransmission = draft.net.nowSeconds + timeoutSeconds(end);
  sendAgain(draft, side);
  tell(draft, side, end.state === 'SYN_SENT' ? 'retransmits_syn' : 'retransmits', end.retransmits);
}

function retriesOf(end: End): number {
  if (end.state === 'SYN_SENT') return SYN_LINEAR_TIMEOUTS + RETRIES.syn;
  if (end.state === 'SYN_RECV') return RETRIES.synAck;
  return isOrphan(end) ? RETRIES.orphan : RETRIES.open;
}

function probe(draft: Draft, side: Side): void {
  const { net } = draft;
  const end = net.ends[side];
  if (end.unacknowledged.length > 0) {
    // Data under way asks already.
    end.timers.keepalive = net.nowSeconds + KEEPALIVE_SECONDS;
    return elapse(draft);
  }
  if (end.probes >= KEEPALIVE_PROBES) {
    send(draft, side, { rst: true });
    enter(draft, side, 'CLOSE');
    return tell(draft, side, 'gives_up_probing', KEEPALIVE_PROBES);
  }
  end.probes += 1;
  end.timers.keepalive = net.nowSeconds + KEEPALIVE_INTERVAL_SECONDS;
  send(draft, side, { seq: end.next - 1, probe: true });
  tell(draft, side, 'probes', end.probes);
}
