import { expect, test } from 'vitest';
import { synBacklog } from '../../server/detect/syn_backlog.ts';
import type { View } from '../../server/model/snapshot.ts';
import { listen, LIMITS, watch, type Row } from '../track/given.ts';
import { ask, counting, times } from './given.ts';

const request = (i: number): Row => ({
  state: 'SYN_RECV',
  localPort: 8080,
  remote: `10.1.${i >> 8}.${i & 255}`,
  remotePort: 1024 + i,
  inode: 0,
});

interface World {
  readonly requests: number;
  readonly seconds: number;
  readonly waiting?: number;
  readonly max?: number;
  readonly limits?: Partial<View['limits']>;
}

function backlogOf({ requests, seconds, waiting = 0, max = 128, limits = {} }: World): View {
  const { pass } = watch();
  const rows = [listen(8080, { recvQueueBytes: waiting, sendQueueBytes: max }), ...times(requests, request)];
  const over = { limits: { ...LIMITS, ...limits } };
  pass(rows, over);
  return pass(rows, { ...over, after: seconds }).view;
}

const { found, once } = ask(synBacklog);

test('requests that nobody answers are a flood, and it may be something else', () => {
  expect(found(backlogOf({ requests: 110, seconds: 4 }))).toMatchObject([
    {
      severity: 'warning',
      cause: 'flood',
      certainty: 'strong',
      labels: { role: 'server', local: '0.0.0.0', port: '8080' },
      count: 110,
      evidence: { synRecv: 110, synBacklogMax: 128, unanswered: 110, remoteAddresses: 110, acceptQueue: 0 },
      filter: 'state syn-recv and sport = :8080',
    },
  ]);
});

test('a crowd whose handshakes are young is none: it is through within a round trip', () => {
  const { detections, considered } = once(backlogOf({ requests: 110, seconds: 1 }));
  expect(detections).toEqual([]);
  expect(considered).toMatchObject([{ reason: 'makes_progress', count: 110, state: 'SYN_RECV' }]);
});

test('with the accept queue full the program is slow, and there is no flood', () => {
  expect(found(backlogOf({ requests: 110, seconds: 4, waiting: 129 }))).toMatchObject([
    { cause: 'slow_accept', certainty: 'certain', evidence: { process: 'app', pid: 100 } },
  ]);
});

test('cookies that come back are of real clients, those that do not of a flood', () => {
  const view = backlogOf({ requests: 129, seconds: 1 });
  const cookies = (received: number) =>
    counting(view, {
      'TcpExt.TCPReqQFullDoCookies': 500,
      'TcpExt.SyncookiesSent': 500,
      'TcpExt.SyncookiesRecv': received,
    });
  expect(found(cookies(480))).toMatchObject([{ severity: 'warning', cause: 'cookies' }]);
  expect(found(cookies(3))).toMatchObject([{ cause: 'flood' }]);
});

test('cookies of bursts between two looks are told without a port', () => {
  const view = counting(backlogOf({ requests: 0, seconds: 1 }), {
    'TcpExt.TCPReqQFullDoCookies': 40,
    'TcpExt.SyncookiesSent': 40,
    'TcpExt.SyncookiesRecv': 40,
  });
  expect(found(view)).toMatchObject([{ cause: 'cookies', labels: { port: '*' }, rows: [] }]);
  const few = counting(view, { 'TcpExt.TCPReqQFullDoCookies': 9 });
  expect(found(few)).toEqual([]);
  expect(once(few).considered).toMatchObject([{ reason: 'rare', value: 9, threshold: 10 }]);
});

test('bursts that are seen on one look and not on the next go on as one finding, until they are over', () => {
  const burst = (requests: number) =>
    counting(backlogOf({ requests, seconds: 1 }), {
      'TcpExt.TCPReqQFullDoCookies': 40,
      'TcpExt.SyncookiesSent': 40,
      'TcpExt.SyncookiesRecv': 40,
    });
  const portsOf = (...looks: View[]) => {
    const backlogs = ask(synBacklog);
    return looks.map((view) => backlogs.next(view).map(({ labels }) => labels['port']));
  };
  const over = backlogOf({ requests: 0, seconds: 1 });
  expect(portsOf(burst(129), burst(0), burst(129), burst(2), over)).toEqual([
    ['8080'],
    ['8080'],
    ['8080'],
    ['8080'],
    [],
  ]);
  expect(portsOf(burst(0), burst(129), burst(0), over)).toEqual([['*'], ['*'], ['*'], []]);
  const flood = counting(backlogOf({ requests: 129, seconds: 4 }), {
    'TcpExt.TCPReqQFullDoCookies': 40,
    'TcpExt.SyncookiesSent': 40,
  });
  expect(portsOf(burst(0), flood, flood)).toEqual([['*'], ['8080'], ['8080']]);
});

test('several listeners at one place (SO_REUSEPORT) go on as one finding', () => {
  const backlogs = ask(synBacklog);
  const { pass } = watch();
  const listeners = [1, 2].map((inode) => listen(8080, { inode, sendQueueBytes: 16 }));
  const burst = (requests: number) =>
    counting(pass([...listeners, ...times(requests, request)]).view, {
      'TcpExt.TCPReqQFullDoCookies': 40,
      'TcpExt.SyncookiesSent': 40,
      'TcpExt.SyncookiesRecv': 40,
    });
  expect([34, 0, 5].map((requests) => backlogs.next(burst(requests)).length)).toEqual([1, 1, 1]);
});

test('a namespace that always sends cookies says nothing by sending them', () => {
  const view = backlogOf({ requests: 0, seconds: 1, limits: { synCookies: 2 } });
  expect(
    found(counting(view, { 'TcpExt.TCPReqQFullDoCookies': 5000, 'TcpExt.SyncookiesSent': 5000 })),
  ).toEqual([]);
});

test('with cookies off a full queue drops, from three quarters of tcp_max_syn_backlog on', () => {
  const view = backlogOf({
    requests: 96,
    seconds: 1,
    max: 4096,
    limits: { synCookies: 0, maxSynBacklog: 128 },
  });
  expect(found(counting(view, { 'TcpExt.ListenDrops': 50, 'TcpExt.ListenOverflows': 10 }))).toMatchObject([
    { severity: 'critical', cause: 'dropping', evidence: { synBacklogMax: 96, otherDrops: 40 } },
  ]);
});

test('other drops while cookies are on are none of the queue', () => {
  expect(found(counting(backlogOf({ requests: 0, seconds: 1 }), { 'TcpExt.ListenDrops': 500 }))).toEqual([]);
});

test('a port scan, or a few clients behind a slow link, are none', () => {
  expect(found(backlogOf({ requests: 9, seconds: 20, max: 5 }))).toEqual([]);
});

test('a number that hovers at the threshold does not flap', () => {
  const backlogs = ask(synBacklog);
  const seen = [102, 103, 102, 95, 103].map(
    (requests) => backlogs.next(backlogOf({ requests, seconds: 4 })).length,
  );
  expect(seen).toEqual([0, 1, 1, 1, 1]);
});
