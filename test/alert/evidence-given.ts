import { createEvidence, type EvidenceParts } from '../../server/alert/evidence.ts';
import type { SocketRow, SocketsAnswer, TcpInfo } from '../../server/model/api.ts';
import type { SocketsQuery } from '../../server/model/ipc.ts';
import type { HistoryAnswer, HistoryQuery, SampleStore } from '../../server/model/storage.ts';
import { manualClock, memoryJournal, memoryLog, observation, START_MS } from '../given.ts';

export const HOST = { name: 'db1', version: '1.2.3', kernel: '6.12.9' };

const TCP_INFO: TcpInfo = {
  rttSeconds: 0.000_412,
  rttVarianceSeconds: 0.000_097,
  minRttSeconds: 0.000_2,
  retransmissionTimeoutSeconds: 0.204,
  backoff: 0,
  congestionControl: 'cubic',
  congestionWindowSegments: 10,
  sendMssBytes: 1448,
  unackedSegments: 0,
  sackedSegments: 0,
  lostSegments: 0,
  retransmissionsTotal: 1,
  lastDataSentSeconds: 4321.5,
  lastDataReceivedSeconds: 4320.25,
  lastAckReceivedSeconds: 4320.25,
  bytesAcked: 12_345,
  bytesReceived: 987_654,
  notSentBytes: 0,
  memory: {
    receivedBytes: 0,
    receiveLimitBytes: 131_072,
    sendQueuedBytes: 0,
    sendLimitBytes: 2_626_560,
    drops: 0,
  },
  cgroupId: 4321,
  mark: null,
};

/** A CLOSE_WAIT socket of the program that leaks them; each number has other ports and another age. */
export function socket(number: number, over: Partial<SocketRow> = {}): SocketRow {
  const process = { pid: 42, name: 'app', unit: 'app.service', container: null, pod: null };
  return {
    id: number.toString(36),
    netns: 'host',
    family: 'ipv4',
    state: 'CLOSE_WAIT',
    local: { address: '10.0.0.2', port: 32_768 + number },
    remote: { address: '10.0.0.1', port: 5432 },
    recvQueueBytes: number % 3,
    sendQueueBytes: 0,
    uid: 1000,
    inode: 90_000 + number,
    process,
    processes: [process],
    processesTotal: 1,
    processUnknown: 'none',
    ageSeconds: 7500.25 - number,
    ageExact: number % 4 !== 0,
    timer: null,
    tcpInfo: TCP_INFO,
    ...over,
  };
}

/** What the observer answers: the first so many of `total` sockets, as it was asked for. */
export function answering(total: number, over: (number: number) => Partial<SocketRow> = () => ({})) {
  return ({ limit }: SocketsQuery): Promise<SocketsAnswer> =>
    Promise.resolve({
      at: new Date(START_MS).toISOString(),
      total,
      rows: Array.from({ length: Math.min(limit, total) }, (_, number) => socket(number, over(number))),
      nextCursor: total > limit ? String(limit) : null,
    });
}

export const SERIES = [
  'ephemeral_ports_used{netns="host",local="10.0.0.2",remote="10.0.0.1",port="5432"}',
  'ephemeral_ports_used{netns="host",local="10.0.0.2",remote="10.0.0.9",port="5432"}',
  'listener_accept_queue{netns="host",port="5432",process="app"}',
  'listener_accept_queue{netns="host",port="80",process="web"}',
  'process_tcp_sockets{process="app",state="close_wait"}',
  'process_tcp_sockets{process="other",state="close_wait"}',
  'tcp_orphans',
  'tcp_sockets{state="close_wait"}',
  'tcp_sockets{state="established"}',
  'tcp_sockets{state="last_ack"}',
];

/** A store that holds these series, with a leak that grows, a gap in the middle, and nothing in LAST_ACK. */
export function history(names = SERIES): Pick<SampleStore, 'query' | 'series'> & { asked: HistoryQuery[] } {
  const asked: HistoryQuery[] = [];
  return {
    asked,
    series: () => Promise.resolve(names.map((name) => ({ name, lastSeenAt: START_MS }))),
    query(query): Promise<HistoryAnswer> {
      asked.push(query);
      const points = Math.floor((query.to - query.from) / 1000 / query.stepSeconds);
      const column = (name: string, away: number) =>
        Array.from({ length: points }, (_, i) => {
          if (i >= 40 && i < 48) return null;
          if (name.includes('last_ack')) return 0;
          const base = name.includes('close_wait') ? i * 1.7 : 300 + 40 * Math.sin(i / 6);
          return Math.max(0, Math.round(base * (1 + away)));
        });
      return Promise.resolve({
        stepSeconds: query.stepSeconds,
        oldest: query.from,
        at: Array.from({ length: points }, (_, i) => query.from + i * query.stepSeconds * 1000),
        series: query.series.map((name) => ({
          name,
          min: column(name, -0.2),
          mean: column(name, 0),
          max: column(name, 0.3),
        })),
        truncated: false,
      });
    },
  };
}

/** A keeper of evidence with whatever it needs, in memory. */
export function keeper(over: Partial<EvidenceParts> = {}) {
  const journal = memoryJournal();
  const clock = manualClock();
  const log = memoryLog();
  const evidence = createEvidence({
    journal,
    samples: history(),
    latest: () => observation(),
    query: answering(3),
    host: HOST,
    log,
    clock,
    ...over,
  });
  return { evidence, journal, clock, log };
}
