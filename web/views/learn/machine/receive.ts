import {
  begin,
  DATA_BYTES,
  enter,
  inWindow,
  isOrphan,
  lengthOf,
  OTHER,
  send,
  tell,
  timeoutSeconds,
  TIME_WAIT_SECONDS,
  watchSilence,
  type Draft,
  type End,
  type Segment,
  type Side,
} from './net.ts';

/** SEGMENT ARRIVES, in the order of RFC 9293, section 3.10.7. */
export function receive(draft: Draft, segment: Segment): void {
  const side = OTHER[segment.from];
  const end = draft.net.ends[side];
  if (!end.powered) {
    draft.happenings.push({ kind: 'lost', segment });
    return tell(draft, side, 'host_is_off');
  }
  draft.happenings.push({ kind: 'arrived', segment });
  if (end.state === 'CLOSE')
    return end.listening ? atListener(draft, side, segment) : atNobody(draft, side, segment);
  if (end.state === 'SYN_SENT') return whileConnecting(draft, side, segment);
  watchSilence(draft, side);
  onConnection(draft, side, segment);
}

/** To a segment that belongs to no connection, the answer is a reset which the sender can believe. */
function refuse(draft: Draft, side: Side, segment: Segment): void {
  if (segment.ack !== null) send(draft, side, { rst: true, seq: segment.ack, ack: null });
  else send(draft, side, { rst: true, seq: 0, ack: segment.seq + lengthOf(segment) });
}

function atNobody(draft: Draft, side: Side, segment: Segment): void {
  if (segment.rst) return tell(draft, side, 'ignores_reset');
  refuse(draft, side, segment);
  tell(draft, side, segment.syn && segment.ack === null ? 'has_no_listener' : 'knows_no_connection');
}

function atListener(draft: Draft, side: Side, segment: Segment): void {
  if (segment.rst || segment.ack !== null || !segment.syn) return atNobody(draft, side, segment);
  answerSyn(draft, side, segment);
  tell(draft, side, 'gets_syn');
}

function answerSyn(draft: Draft, side: Side, { seq }: Segment): void {
  begin(draft, side, { passive: true, expects: seq + 1 });
  send(draft, side, { syn: true });
  enter(draft, side, 'SYN_RECV');
}

function whileConnecting(draft: Draft, side: Side, segment: Segment): void {
  const end = draft.net.ends[side];
  const { rst, syn, ack, seq } = segment;
  const fits = ack !== null && ack > end.una && ack <= end.next;
  if (ack !== null && !fits) {
    if (rst) return tell(draft, side, 'ignores_reset');
    refuse(draft, side, segment);
    return tell(draft, side, 'gets_wrong_ack');
  }
  if (rst) {
    if (!fits) return tell(draft, side, 'ignores_reset');
    enter(draft, side, 'CLOSE');
    return tell(draft, side, 'is_refused');
  }
  if (!syn) return tell(draft, side, 'gets_nothing_new');
  end.expects = seq + 1;
  if (fits) {
    acknowledge(draft, side, ack);
    enter(draft, side, 'ESTABLISHED');
    send(draft, side, {});
    return tell(draft, side, 'gets_syn_ack');
  }
  // Both connected at the same time: what was a SYN is from now on a SYN+ACK.
  end.unacknowledged = [];
  end.next = end.una;
  enter(draft, side, 'SYN_RECV');
  send(draft, side, { syn: true });
  tell(draft, side, 'opens_at_once');
}

function onConnection(draft: Draft, side: Side, arrived: Segment): void {
  const end = draft.net.ends[side];
  let segment = arrived;
  const repeatsSyn = segment.syn && segment.seq === end.expects - 1;
  if (end.state === 'SYN_RECV' && repeatsSyn) {
    if (segment.ack === null) {
      if (end.passive) sendAgain(draft, side);
      else send(draft, side, {});
      return tell(draft, side, 'gets_syn_again');
    }
    segment = { ...segment, syn: false, seq: segment.seq + 1 };
  }
  if (
    end.state === 'TIME_WAIT' &&
    segment.syn &&
    segment.ack === null &&
    end.listening &&
    segment.seq > end.expects
  ) {
    // RFC 9293, section 3.6.1: a sequence number beyond all that the old connection used cannot be one of its duplicates.
    enter(draft, side, 'CLOSE');
    answerSyn(draft, side, segment);
    return tell(draft, side, 'gets_syn_in_time_wait');
  }
  if (segment.rst) return reset(draft, side, segment);
  if (segment.syn) {
    // It cannot be trusted: whoever really has lost the connection answers the acknowledgement with a reset.
    send(draft, side, {});
    return tell(draft, side, repeatsSyn ? 'gets_syn_ack_again' : 'doubts');
  }
  if (!inWindow(end, segment.seq)) return outOfWindow(draft, side, segment);
  if (segment.ack === null) return tell(draft, side, 'gets_nothing_new');
  if (segment.ack > end.next) {
    if (end.state === 'SYN_RECV') refuse(draft, side, segment);
    else send(draft, side, {});
    return tell(draft, side, 'gets_wrong_ack');
  }
  const told = draft.happenings.length;
  takeAck(draft, side, segment);
  if (end.state === 'SYN_RECV') return tell(draft, side, 'gets_nothing_new');
  takeContent(draft, side, segment);
  if (draft.happenings.length === told) tell(draft, side, 'gets_nothing_new');
}

function outOfWindow(draft: Draft, side: Side, segment: Segment): void {
  const end = draft.net.ends[side];
  send(draft, side, {});
  if (segment.fin && end.state === 'TIME_WAIT') {
    end.timers.time_wait = draft.net.nowSeconds + TIME_WAIT_SECONDS;
    return tell(draft, side, 'gets_fin_again', TIME_WAIT_SECONDS);
  }
  tell(draft, side, segment.probe ? 'answers_probe' : 'gets_old');
}

/** Only the exact next number ends a connection at once; a guess within the window is asked back (RFC 5961). */
function reset(draft: Draft, side: Side, { seq }: Segment): void {
  const end = draft.net.ends[side];
  if (!inWindow(end, seq)) return tell(draft, side, 'ignores_reset');
  if (seq !== end.expects) {
    send(draft, side, {});
    return tell(draft, side, 'doubts');
  }
  const { state, queued } = end;
  enter(draft, side, 'CLOSE');
  if (state === 'TIME_WAIT') return tell(draft, side, 'is_reset_in_time_wait');
  tell(draft, side, queued || state === 'SYN_RECV' ? 'is_reset_in_queue' : 'is_reset');
}

function takeAck(draft: Draft, side: Side, { ack }: Segment): void {
  const end = draft.net.ends[side];
  if (ack === null || ack <= end.una) return;
  acknowledge(draft, side, ack);
  const finAcknowledged = end.finSent && end.una === end.next;
  if (end.state === 'SYN_RECV') {
    enter(draft, side, 'ESTABLISHED');
    end.queued = end.passive;
    return tell(draft, side, end.passive ? 'is_queued' : 'is_open');
  }
  if (!finAcknowledged) return tell(draft, side, 'gets_ack');
  if (end.state === 'FIN_WAIT1') {
    enter(draft, side, 'FIN_WAIT2');
    return tell(draft, side, 'gets_ack_of_fin');
  }
  if (end.state === 'CLOSING') {
    enter(draft, side, 'TIME_WAIT');
    return tell(draft, side, 'gets_ack_in_closing', TIME_WAIT_SECONDS);
  }
  if (end.state === 'LAST_ACK') {
    enter(draft, side, 'CLOSE');
    tell(draft, side, 'gets_last_ack');
  }
}

function acknowledge({ net }: Draft, side: Side, ack: number): void {
  const end = net.ends[side];
  end.una = ack;
  end.unacknowledged = end.unacknowledged.filter((each) => each.seq + lengthOf(each) > ack);
  end.retransmits = 0;
  if (end.unacknowledged.length > 0) end.timers.retransmission = net.nowSeconds + timeoutSeconds(end);
  else delete end.timers.retransmission;
}

function takeContent(draft: Draft, side: Side, segment: Segment): void {
  const end = draft.net.ends[side];
  if (lengthOf(segment) === 0 || end.state === 'CLOSE') return;
  if (segment.seq > end.expects) {
    if (!end.early.some(({ seq }) => seq === segment.seq)) end.early.push(segment);
    send(draft, side, {});
    return tell(draft, side, 'gets_early');
  }
  takeInOrder(draft, side, segment);
  for (let next = earlyNext(end); next; next = earlyNext(end)) takeInOrder(draft, side, next);
}

/** What arrived too early and is next now. */
function earlyNext(end: End): Segment | undefined {
  const next = end.early.find(({ seq }) => seq === end.expects);
  end.early = end.early.filter(({ seq }) => seq > end.expects);
  return next;
}

function takeInOrder(draft: Draft, side: Side, segment: Segment): void {
  if (segment.bytes > 0) takeData(draft, side, segment);
  if (segment.fin) takeFin(draft, side);
}

function takeData(draft: Draft, side: Side, segment: Segment): void {
  const end = draft.net.ends[side];
  if (isOrphan(end)) {
    // RFC 9293, section 3.6.1: nobody will ever read it, and the peer has to know.
    refuse(draft, side, segment);
    enter(draft, side, 'CLOSE');
    return tell(draft, side, 'gets_data_after_close');
  }
  end.expects += segment.bytes;
  end.unreadBytes += segment.bytes;
  send(draft, side, {});
  tell(draft, side, 'gets_data', DATA_BYTES);
}

function takeFin(draft: Draft, side: Side): void {
  const end = draft.net.ends[side];
  end.expects += 1;
  send(draft, side, {});
  if (end.state === 'ESTABLISHED') {
    enter(draft, side, 'CLOSE_WAIT');
    tell(draft, side, 'gets_fin');
  } else if (end.state === 'FIN_WAIT1') {
    enter(draft, side, 'CLOSING');
    tell(draft, side, 'gets_fin_at_once');
  } else if (end.state === 'FIN_WAIT2') {
    enter(draft, side, 'TIME_WAIT');
    tell(draft, side, 'gets_fin_last', TIME_WAIT_SECONDS);
  }
}

/** The oldest that is not acknowledged, once more. */
export function sendAgain(draft: Draft, side: Side): void {
  const end = draft.net.ends[side];
  const [oldest] = end.unacknowledged;
  if (!oldest) return;
  const { syn, fin, bytes, seq } = oldest;
  const ack = oldest.ack === null ? null : end.expects;
  send(draft, side, { syn, fin, bytes, seq, ack, again: end.retransmits || 1 });
}
