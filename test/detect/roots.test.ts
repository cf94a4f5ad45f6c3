import { expect, test } from 'vitest';
import { runDetectors, type NewFinding } from '../../server/detect/index.ts';
import { linkCauses } from '../../server/detect/roots.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { fingerprint, type DetectorName } from '../../server/model/finding.ts';
import { DetectorsSchema, defaultsOf } from '../../server/model/options.ts';
import { listen, process, watch, type Row } from '../track/given.ts';
import { counting, times } from './given.ts';

const OPTIONS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);

function finding(detector: DetectorName, cause: string, over: Partial<NewFinding> = {}): NewFinding {
  const labels = over.labels ?? { process: 'app', pid: '100' };
  return {
    detector,
    cause,
    severity: 'warning',
    labels,
    fingerprint: fingerprint(detector, labels),
    count: 100,
    oldestAgeSeconds: 90,
    ageExact: true,
    certainty: 'certain',
    evidence: {},
    examples: [],
    filter: '',
    ...over,
  };
}

/** What follows from what, as pairs of causes. */
function links(...findings: NewFinding[]): [string, string][] {
  const linked = linkCauses(findings);
  return linked.flatMap(({ cause, causedBy }) => {
    const root = linked.find((other) => other.fingerprint === causedBy);
    return root ? [[cause, root.cause] as [string, string]] : [];
  });
}

const server = { process: 'app', pid: '100', role: 'server', port: '8080' };
const queue = finding('accept_queue_full', 'overflowing', { labels: { ...server, local: '0.0.0.0' } });

test('a stalled server is one alarm: its queue, what waits there, and what it does not read', () => {
  expect(
    links(
      queue,
      finding('close_wait_leak', 'never_accepted', { labels: { ...server, peer: '*' } }),
      finding('syn_backlog', 'slow_accept', { labels: { role: 'server', local: '0.0.0.0', port: '8080' } }),
      finding('close_wait_leak', 'unread_data', { labels: { ...server, peer: '10.0.0.1' } }),
      finding('zero_window', 'not_reading', { labels: { ...server, peer: '10.0.0.1' } }),
      finding('fin_wait_stuck', 'peer_not_closing', {
        labels: { process: 'curl', pid: '9', role: 'client', peer: '127.0.0.1:8080', port: '8080' },
      }),
    ),
  ).toEqual(
    ['never_accepted', 'slow_accept', 'unread_data', 'not_reading', 'peer_not_closing'].map((cause) => [
      cause,
      'overflowing',
    ]),
  );
});

test('what is of another port, process or host does not follow', () => {
  expect(
    links(
      queue,
      finding('close_wait_leak', 'never_accepted', { labels: { ...server, port: '9090' } }),
      finding('syn_backlog', 'slow_accept', { labels: { role: 'server', local: '0.0.0.0', port: '9090' } }),
      finding('syn_backlog', 'flood', { labels: { role: 'server', local: '10.0.0.1', port: '8080' } }),
      finding('close_wait_leak', 'unread_data', { labels: { ...server, pid: '101' } }),
      finding('fin_wait_stuck', 'peer_not_closing', { labels: { role: 'client', peer: '10.9.9.9:8080' } }),
      finding('half_open', 'sending'),
    ),
  ).toEqual([]);
});

test('a leak that makes up most of a process’s descriptors is the root of their end, and of the queue behind it', () => {
  const leak = finding('close_wait_leak', 'drained', { count: 600 });
  const full = finding('descriptor_exhaustion', 'exhausted', {
    severity: 'critical',
    evidence: { descriptorsUsed: 1024 },
  });
  expect(links(queue, full, leak)).toEqual([
    ['overflowing', 'drained'],
    ['exhausted', 'drained'],
  ]);
  expect(
    linkCauses([full, leak]).map(({ severity }) => severity),
    'the root alarms for all',
  ).toEqual(['critical', 'critical']);
});

test('a leak of a few sockets is not what fills a thousand descriptors, unless it is what grows', () => {
  const full = (growthPerMinute: number) =>
    finding('descriptor_exhaustion', 'near_limit', {
      evidence: { descriptorsUsed: 900, growing: true, growthPerMinute },
    });
  const leak = finding('close_wait_leak', 'drained', {
    count: 50,
    evidence: { growing: true, growthPerMinute: 12 },
  });
  expect(links(full(100), leak)).toEqual([]);
  expect(links(full(15), leak)).toEqual([['near_limit', 'drained']]);
});

test('what is only explained is no root', () => {
  const pool = finding('close_wait_leak', 'fin_unread', { severity: 'info', count: 600 });
  expect(
    links(pool, finding('descriptor_exhaustion', 'near_limit', { evidence: { descriptorsUsed: 900 } })),
  ).toEqual([]);
});

test.each([
  [finding('conntrack_full', 'dropping'), finding('syn_sent_stuck', 'unanswered')],
  [finding('syn_backlog', 'flood'), finding('conntrack_full', 'nearly_full')],
  [
    finding('last_ack_stuck', 'undelivered', { count: 300 }),
    finding('orphan_pressure', 'near_limit', { evidence: { orphans: 500 } }),
  ],
  [
    finding('zero_window', 'not_reading'),
    finding('tcp_memory_pressure', 'pressure', {
      evidence: { pid: 100, queuedBytes: 10, processQueuedBytes: 9 },
    }),
  ],
  [
    finding('syn_sent_stuck', 'unanswered'),
    finding('reset_storm', 'timed_out', { evidence: { perSecond: 5, failedAttemptsPerSecond: 5 } }),
  ],
  [
    finding('half_open', 'sending', { count: 200 }),
    finding('reset_storm', 'timed_out', { evidence: { perSecond: 2 } }),
  ],
  [
    finding('time_wait_buildup', 'client_ports', {
      labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.1:80' },
    }),
    finding('port_exhaustion', 'held_open', {
      labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.1:80' },
    }),
  ],
])('$detector $cause is the root of another', (root, consequence) => {
  expect(links(consequence, root)).toEqual([[consequence.cause, root.cause]]);
});

test('no finding follows from itself by way of others', () => {
  const leak = finding('close_wait_leak', 'unread_data', { count: 900 });
  const full = finding('descriptor_exhaustion', 'exhausted', { evidence: { descriptorsUsed: 1000 } });
  const linked = linkCauses([queue, leak, full]);
  expect(linked.filter(({ causedBy }) => causedBy === undefined).map(({ cause }) => cause)).toEqual([
    'unread_data',
  ]);
});

test('the world of a stalled server: one alarm, whose fingerprint does not change with the numbers', () => {
  const world = (n: number): Row[] => [
    listen(8080, { recvQueueBytes: n, sendQueueBytes: 128 }),
    ...times(n, (i) => ({
      state: 'CLOSE_WAIT',
      localPort: 8080,
      remotePort: 50_000 + i,
      inode: 0,
      recvQueueBytes: 80,
    })),
    ...times(20, (i) => ({ state: 'SYN_RECV', localPort: 8080, remotePort: 60_000 + i, inode: 0 })),
    ...times(7, (i) => ({
      state: 'CLOSE_WAIT',
      localPort: 8080,
      remotePort: 40_000 + i,
      inode: 7000 + i,
      recvQueueBytes: 900,
    })),
  ];
  const { pass } = watch(10);
  const roots = new Set<string>();
  let standing = new Set<string>();
  for (let at = 0; at <= 200; at += 10) {
    const { view } = pass(world(100 + (at % 30)), { processes: [process({ name: 'stalled' })] });
    const counted = counting(view, at > 100 ? { 'TcpExt.ListenOverflows': 40 } : {});
    const { findings } = runDetectors(counted, OPTIONS, () => 0, { standing });
    standing = new Set(findings.map((each) => each.fingerprint));
    if (at < 80) continue;
    const alarms = findings.filter(({ causedBy, severity }) => causedBy === undefined && severity !== 'info');
    expect(alarms).toMatchObject([
      { detector: 'accept_queue_full', labels: { process: 'stalled', port: '8080' } },
    ]);
    expect(findings.filter(({ causedBy }) => causedBy !== undefined)).not.toEqual([]);
    roots.add(alarms[0]?.fingerprint ?? '');
  }
  expect(roots.size).toBe(1);
});

test('a peer that is gone is one alarm: attempts to reach it, and what could not be closed towards it', () => {
  const peer = { role: 'client', peer: '10.0.0.1:5432', port: '5432' };
  const app = { process: 'app', pid: '100', ...peer };
  const kernel = { process: 'kernel', ...peer };
  const sending = finding('half_open', 'sending', { labels: app });
  const attempts = finding('syn_sent_stuck', 'unanswered', { labels: app });
  const closing = finding('fin_wait_stuck', 'undelivered', { labels: kernel });
  const elsewhere = finding('last_ack_stuck', 'undelivered', {
    labels: { ...kernel, peer: '10.0.0.2:5432' },
  });
  expect(links(closing, attempts, sending, elsewhere)).toEqual([
    ['undelivered', 'sending'],
    ['unanswered', 'sending'],
  ]);
  expect(links(closing, attempts)).toEqual([['undelivered', 'unanswered']]);
});

test('a proxy that does not read what it cannot pass on is no trouble of its own', () => {
  const proxy = { process: 'nginx', pid: '7' };
  const clients = finding('zero_window', 'peer_not_reading', {
    labels: { ...proxy, role: 'server', peer: '*', port: '443' },
  });
  const upstream = finding('zero_window', 'not_reading', {
    labels: { ...proxy, role: 'client', peer: '10.0.0.5:80', port: '80' },
  });
  expect(links(upstream, clients)).toEqual([['not_reading', 'peer_not_reading']]);
});
