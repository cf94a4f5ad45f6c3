import type { SocketRow, TcpInfo } from '../../../server/model/api.ts';
import type { ViewSocketsTexts } from '../../../server/model/texts/view-sockets.en.ts';
import type { Format } from '../../format.ts';

type Texts = ViewSocketsTexts['story'];

/** A number of the kernel with what it says about this socket. `topic`: what tells more. */
export interface Explained {
  readonly name: string;
  readonly value: string;
  readonly text: string;
  readonly topic?: string;
}

/** Both queues: what they hold means something else in each state. */
export function queuesOf(socket: SocketRow, texts: Texts, format: Format): readonly Explained[] {
  const { recvQueueBytes: received, sendQueueBytes: sent } = socket;
  const bytes = (count: number) => texts.bytes(format.count(count));
  if (socket.state === 'LISTEN') {
    const full = sent > 0 && received > sent;
    return [
      {
        name: 'Recv-Q',
        value: texts.waiting(format.count(received)),
        text: full ? texts.queueTexts.acceptFull : texts.queueTexts.accept,
        topic: 'accept-queue',
      },
      {
        name: 'Send-Q',
        value: format.count(sent),
        text: sent > 0 ? texts.queueTexts.acceptMax : texts.queueTexts.acceptMaxUnknown,
        topic: 'accept-queue',
      },
    ];
  }
  return [
    { name: 'Recv-Q', value: bytes(received), text: texts.queueTexts[receiveText(socket)], topic: 'recv-q' },
    { name: 'Send-Q', value: bytes(sent), text: texts.queueTexts[sendText(socket)], topic: 'send-q' },
  ];
}

function receiveText({ state, recvQueueBytes }: SocketRow): keyof Texts['queueTexts'] {
  if (recvQueueBytes === 0) return 'recvEmpty';
  if (state === 'CLOSE_WAIT') return recvQueueBytes === 1 ? 'recvFin' : 'recvFinAndData';
  // Both have had the peer's FIN, which counts as one.
  if ((state === 'LAST_ACK' || state === 'CLOSING') && recvQueueBytes === 1) return 'recvFinLeft';
  return state === 'ESTABLISHED' || state === 'FIN_WAIT2' ? 'recv' : 'recvClosing';
}

function sendText({ state, sendQueueBytes, timer }: SocketRow): keyof Texts['queueTexts'] {
  if (sendQueueBytes === 0) return 'sendEmpty';
  if (timer?.kind === 'probe') return 'sendWindow';
  if (timer?.kind === 'retransmit' && timer.retransmits > 1) return 'sendUnanswered';
  const closing = state === 'FIN_WAIT1' || state === 'LAST_ACK' || state === 'CLOSING';
  return closing && sendQueueBytes === 1 ? 'sendFin' : 'send';
}

/** What the running timer will do when it fires; null where none runs. */
export function timerText({ state, timer, inode }: SocketRow): keyof Texts['timerTexts'] | null {
  switch (timer?.kind) {
    case undefined:
    case 'none':
      return null;
    case 'retransmit':
      if (state === 'SYN_SENT') return 'retransmitSyn';
      return inode === 0 && state !== 'ESTABLISHED' && state !== 'CLOSE_WAIT'
        ? 'retransmitOrphan'
        : 'retransmit';
    case 'keepalive':
      return state === 'SYN_RECV' ? 'synAck' : 'keepalive';
    case 'time_wait':
      return state === 'TIME_WAIT' ? 'timeWait' : 'finWait2';
    case 'probe':
      return 'probe';
  }
}

/** The columns of tcp_info that a person can use, the peer's signs of life first. */
export function infoOf(
  info: TcpInfo,
  listening: boolean,
  texts: Texts,
  format: Format,
): readonly Explained[] {
  if (listening) return [];
  const { infoNames: names } = texts;
  const time = (seconds: number) =>
    seconds < 1 ? texts.milliseconds(tenths(seconds * 1000, format)) : format.duration(seconds);
  const bytes = (count: number) => texts.bytes(format.count(count));
  const segments = (count: number) => texts.segments(count, format.count(count));
  const { memory } = info;
  const rtt: Explained =
    info.rttSeconds === 0
      ? { name: names.rtt, value: texts.rttNotMeasured, text: texts.rttText }
      : {
          name: names.rtt,
          value: texts.rttValue(time(info.rttSeconds), time(info.rttVarianceSeconds)),
          text: info.minRttSeconds === null ? texts.rttText : texts.rttMin(time(info.minRttSeconds)),
        };
  return [
    { name: names.lastAck, value: texts.ago(time(info.lastAckReceivedSeconds)), text: texts.lastAckText },
    {
      name: names.lastReceived,
      value: info.bytesReceived === 0 ? texts.never : texts.ago(time(info.lastDataReceivedSeconds)),
      text: texts.lastReceivedText,
    },
    { name: names.lastSent, value: texts.ago(time(info.lastDataSentSeconds)), text: texts.lastSentText },
    { name: names.received, value: bytes(info.bytesReceived), text: texts.receivedText },
    { name: names.acked, value: bytes(info.bytesAcked), text: texts.ackedText },
    ...(info.notSentBytes > 0
      ? [
          {
            name: names.notSent,
            value: bytes(info.notSentBytes),
            text: texts.notSentText,
            topic: 'zero-window',
          },
        ]
      : []),
    rtt,
    {
      name: names.rto,
      value: time(info.retransmissionTimeoutSeconds),
      text: texts.rtoText(info.backoff),
      topic: 'retransmission-timer',
    },
    { name: names.retransmitted, value: segments(info.retransmissionsTotal), text: texts.retransmittedText },
    { name: names.flight, value: segments(info.unackedSegments), text: texts.flightText },
    ...(info.lostSegments > 0
      ? [{ name: names.lost, value: segments(info.lostSegments), text: texts.lostText }]
      : []),
    {
      name: names.congestion,
      value: segments(info.congestionWindowSegments),
      text: texts.congestionText(info.congestionControl ?? '', bytes(info.sendMssBytes)),
    },
    ...(memory
      ? [
          {
            name: names.memory,
            value: texts.memoryValue(bytes(memory.receivedBytes), bytes(memory.receiveLimitBytes)),
            text: texts.memoryText(memory.drops, format.count(memory.drops)),
          },
        ]
      : []),
  ];
}

/** `0.3`, `12`: milliseconds of a fast network are less than one. */
function tenths(value: number, format: Format): string {
  return value < 10 ? format.rate(value) : format.count(value);
}
