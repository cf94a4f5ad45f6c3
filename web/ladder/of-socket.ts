import { formatEndpoint } from '../../server/model/address.ts';
import type { SocketRow } from '../../server/model/api.ts';
import type { State } from '../../server/model/state.ts';
import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import type { Format } from '../../server/model/texts/findings.ts';
import {
  closeWait,
  halfClosed,
  timeWait,
  undelivered,
  windowClosedAtClose,
  type Finishing,
} from './closing.ts';
import { peerNotReading, probing, quiet, unacknowledged } from './open.ts';
import { boundOnly, synReceived, synSent, waitingForAccept } from './opening.ts';
import { together, type Facts } from './pen.ts';
import type { Scene } from './scene.ts';

/** States that the socket was seen to enter, the first one first. */
type Entered = readonly { readonly state: State; readonly enteredAt: string; readonly exact: boolean }[];

interface Drawing {
  readonly row: SocketRow;
  readonly states: Entered;
  readonly texts: LadderTexts;
  readonly format: Format;
  readonly facts: Facts;
}

/** One socket's ladder up to now. null: a socket that listens has no other end. */
export function sceneOfSocket(
  row: SocketRow,
  states: Entered,
  texts: LadderTexts,
  format: Format,
): Scene | null {
  return DRAW[row.state]({ row, states, texts, format, facts: factsOf(row, texts, format) });
}

const DRAW: Readonly<Record<State, (drawing: Drawing) => Scene | null>> = {
  LISTEN: () => null,
  SYN_SENT: ({ texts, facts }) => synSent(texts, facts),
  SYN_RECV: ({ texts, facts }) => synReceived(texts, facts),
  ESTABLISHED: (drawing) => open(drawing),
  CLOSE_WAIT: (drawing) => {
    const { row, texts, facts } = drawing;
    if (isUnanswered(row)) return open(drawing);
    if (row.processUnknown === 'accept_queue') return closeWait(texts, facts, 'never_accepted');
    const cause =
      row.recvQueueBytes === 0 ? 'drained' : row.recvQueueBytes === 1 ? 'fin_unread' : 'unread_data';
    return closeWait(texts, facts, cause);
  },
  FIN_WAIT1: (drawing) => finishing(drawing, 'FIN_WAIT1'),
  LAST_ACK: (drawing) => finishing(drawing, 'LAST_ACK'),
  CLOSING: (drawing) => finishing(drawing, 'CLOSING'),
  FIN_WAIT2: ({ row, texts, format, facts }) =>
    halfClosed(
      texts,
      facts,
      row.timer?.kind === 'time_wait' ? format.duration(row.timer.expiresSeconds) : null,
    ),
  TIME_WAIT: ({ row, states, texts, format, facts }) => {
    const { timer } = row;
    const left = timer?.kind === 'time_wait' ? format.duration(timer.expiresSeconds) : null;
    return timeWait(texts, facts, {
      stop: texts.stops.timeWait,
      turn: left === null ? texts.turns.clock : texts.turns.clockIn(left),
      lasts: left ?? texts.rest,
      bothClosed: states.some(({ state }) => state === 'CLOSING'),
    });
  },
  CLOSE: ({ row, texts, facts }) =>
    row.remote.port === 0 && row.local.port > 0 ? boundOnly(texts, facts) : null,
};

function open({ row, texts, format, facts }: Drawing): Scene {
  const { timer } = row;
  const heard = row.tcpInfo
    ? Math.min(row.tcpInfo.lastAckReceivedSeconds, row.tcpInfo.lastDataReceivedSeconds)
    : null;
  const silence = heard === null ? null : texts.silentFor(format.duration(heard));
  if (row.processUnknown === 'accept_queue') return waitingForAccept(texts, facts, '');
  if (timer?.kind === 'retransmit' && timer.retransmits > 0)
    return unacknowledged(texts, facts, row.state, silence);
  if (timer && timer.kind === 'probe' && timer.probes < 2) return peerNotReading(texts, facts, row.state);
  if (timer && timer.probes > 1)
    return probing(texts, facts, { state: row.state, silence, ofWindow: timer.kind === 'probe' });
  return quiet(texts, facts);
}

/** It has more to tell of than that our FIN is owed. */
function isUnanswered({ timer }: SocketRow): boolean {
  if (timer === null) return false;
  return timer.kind === 'probe' || timer.retransmits > 0 || timer.probes > 1;
}

function finishing({ row, texts, facts }: Drawing, state: Finishing): Scene {
  return row.timer?.kind === 'probe'
    ? windowClosedAtClose(texts, facts, state)
    : undelivered(texts, facts, state);
}

/** States whose Send-Q counts our FIN, and whose Recv-Q counts the peer's. */
const OUR_FIN: readonly State[] = ['FIN_WAIT1', 'LAST_ACK', 'CLOSING'];
const PEERS_FIN: readonly State[] = ['CLOSE_WAIT'];

function factsOf(row: SocketRow, texts: LadderTexts, format: Format): Facts {
  const { state, timer, local, remote } = row;
  const unread = row.recvQueueBytes - (PEERS_FIN.includes(state) ? 1 : 0);
  const unacked = row.sendQueueBytes - (OUR_FIN.includes(state) ? 1 : 0);
  const endpoint = formatEndpoint(local.address, local.port);
  const holder = row.process === null ? null : texts.process(row.process.name, String(row.process.pid));
  return {
    name: texts.name,
    left: { name: texts.here, detail: holder === null ? endpoint : `${holder}\n${endpoint}` },
    right: { name: texts.peer, detail: remote.port > 0 ? formatEndpoint(remote.address, remote.port) : null },
    severity: null,
    age: row.ageSeconds < 1 ? null : texts.age(format.duration(row.ageSeconds), row.ageExact),
    unread: unread > 0 ? format.bytes(unread) : '',
    unacked: unacked > 0 ? format.bytes(unacked) : '',
    times: timer?.kind === 'retransmit' ? timer.retransmits + 1 : undefined,
    probes: timer?.probes,
    meanwhile: meanwhileOf(row, texts, format),
    orphaned: row.inode === 0,
  };
}

function meanwhileOf({ timer }: SocketRow, texts: LadderTexts, format: Format): string {
  if (timer === null) return '';
  const left = format.duration(timer.expiresSeconds);
  if (timer.kind === 'keepalive') return together(texts, texts.turns.keepaliveIn(left));
  return timer.kind === 'time_wait' || timer.kind === 'none' ? '' : texts.turns.nextIn(left);
}
