import { describe, expect, test } from 'vitest';
import { closeWaitLeak } from '../../server/detect/close_wait_leak.ts';
import type { Detection } from '../../server/model/finding.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import type { Process } from '../../server/model/snapshot.ts';
import { querySockets } from '../../server/track/query.ts';
import type { Pass } from '../../server/track/tracker.ts';
import { listen, process, watch, type Row } from '../track/given.ts';

const OPTIONS = closeWaitLeak.defaults;

const client = (i: number, over: Row = {}): Row => ({ state: 'CLOSE_WAIT', localPort: 40_000 + i, ...over });
const server = (i: number, over: Row = {}): Row => ({
  state: 'CLOSE_WAIT',
  localPort: 8080,
  remotePort: 50_000 + i,
  inode: 7000 + i,
  ...over,
});
const times = (n: number, row: (i: number) => Row): Row[] => Array.from({ length: n }, (_, i) => row(i));

/** The view after the rows have stood for `seconds`, with a sample of their number every ten. */
function stood(rows: readonly Row[], seconds: number, processes?: Process[]): Pass {
  const { pass } = watch(10);
  const over = processes ? { processes } : {};
  let seen = pass(rows, over);
  for (let at = 0; at < seconds; at += 10) seen = pass(rows, over);
  return seen;
}

/** Grows by `perPass` sockets every ten seconds. */
function leaking(passes: number, perPass: number, processes?: Process[], row = client): Pass {
  const { pass } = watch(10);
  let seen = pass([]);
  for (let n = 1; n <= passes; n++) seen = pass(times(n * perPass, row), processes ? { processes } : {});
  return seen;
}

function detect({ view }: Pass, over: Partial<typeof OPTIONS> = {}): Detection[] {
  return [...closeWaitLeak.detect(view, { ...OPTIONS, ...over }, () => false).detections];
}

describe('what is counted', () => {
  test('the defaults are the schema’s, in seconds', () => {
    expect(OPTIONS).toMatchObject({ enabled: true, minAge: 60, minCount: 5, criticalWithin: 3600 });
    expect(closeWaitLeak.settleSeconds(OPTIONS)).toBeGreaterThan(60);
  });

  test('young sockets are none of a leak', () => {
    expect(detect(stood(times(50, client), 50))).toEqual([]);
  });

  test('fewer than minCount are none', () => {
    expect(detect(stood(times(4, client), 60))).toEqual([]);
    expect(detect(stood(times(5, client), 60))).toHaveLength(1);
  });

  test('other states are none', () => {
    expect(
      detect(
        stood(
          times(50, (i) => client(i, { state: 'FIN_WAIT2' })),
          100,
        ),
      ),
    ).toEqual([]);
  });

  test('age counts, not the number alone: the young of a group are told apart', () => {
    const { pass } = watch(10);
    for (let at = 0; at <= 60; at += 10) pass(times(6, client));
    const [found] = detect(pass(times(10, client)));
    expect(found).toMatchObject({
      count: 6,
      oldestAgeSeconds: 70,
      ageExact: false,
      evidence: { younger: 4 },
    });
  });
});

describe('causes', () => {
  test.each([
    ['drained', 0],
    ['fin_unread', 1],
    ['unread_data', 4096],
  ] as const)('%s is an owned socket with Recv-Q %i', (cause, recvQueueBytes) => {
    const [found] = detect(
      stood(
        times(6, (i) => client(i, { recvQueueBytes })),
        60,
      ),
    );
    expect(found?.cause).toBe(cause);
    expect(found?.evidence.recvQueueBytes).toBe(6 * recvQueueBytes);
  });

  test('never_accepted is a socket without an inode, and its listener’s process is named', () => {
    const rows = [
      listen(8080, { recvQueueBytes: 6, owner: 1 }),
      ...times(6, (i) => server(i, { inode: 0, recvQueueBytes: 1 })),
    ];
    const [found] = detect(stood(rows, 60, [process(), process({ pid: 9, name: 'stalled' })]));
    expect(found).toMatchObject({
      severity: 'warning',
      cause: 'never_accepted',
      labels: { process: 'stalled', pid: '9', role: 'server', port: '8080' },
      evidence: { neverAccepted: 6, acceptQueue: 6, acceptQueueMax: null },
      filter: 'state close-wait and dst 10.0.0.1 and sport = :8080',
    });
    expect(found).not.toHaveProperty('forecast');
  });

  test('the most frequent one is named, and all are counted', () => {
    const queues = [0, 0, 0, 1, 1, 900];
    const [found] = detect(
      stood(
        times(6, (i) => client(i, { recvQueueBytes: queues[i] ?? 0 })),
        60,
      ),
    );
    expect(found?.cause).toBe('drained');
    expect(found?.evidence).toMatchObject({ drained: 3, finUnread: 2, unreadData: 1, neverAccepted: 0 });
  });
});

describe('severity', () => {
  test('an unread FIN in a group that does not grow is an idle pool: explained, not alarmed', () => {
    const pool = times(20, (i) => client(i, { recvQueueBytes: 1 }));
    expect(detect(stood(pool, 120))).toMatchObject([{ severity: 'info', cause: 'fin_unread' }]);
  });

  test('an unread FIN at a server is no pool, and a warning', () => {
    const rows = [listen(8080), ...times(20, (i) => server(i, { recvQueueBytes: 1 }))];
    expect(detect(stood(rows, 120))).toMatchObject([{ severity: 'warning', cause: 'fin_unread' }]);
  });

  test('an unread FIN in a group that grows is a warning', () => {
    const pass = leaking(20, 2, undefined, (i) => client(i, { recvQueueBytes: 1 }));
    expect(detect(pass, { criticalWithin: 0 })).toMatchObject([{ severity: 'warning', cause: 'fin_unread' }]);
  });

  test('a leak that does not grow is a warning without a forecast', () => {
    const [found] = detect(stood(times(20, client), 120));
    expect(found).toMatchObject({ severity: 'warning', evidence: { growing: false, growthPerMinute: 0 } });
    expect(found).not.toHaveProperty('forecast');
  });

  test('a leak that reaches the descriptor limit within criticalWithin is critical', () => {
    const processes = [process({ descriptors: 400, descriptorLimit: 1000 })];
    const pass = leaking(20, 2, processes);
    const [found] = detect(pass);
    expect(found).toMatchObject({
      severity: 'critical',
      forecast: { limit: 'descriptors', used: 400, max: 1000 },
      evidence: { growing: true, descriptorsUsed: 400, descriptorLimit: 1000 },
    });
    expect(found?.forecast?.perSecond).toBeCloseTo(0.2, 5);
    expect(found?.forecast?.inSeconds).toBeCloseTo(3000, 0);
    expect(detect(pass, { criticalWithin: 2000 })).toMatchObject([{ severity: 'warning' }]);
  });

  test('a leak in a process that has used most of its descriptors is critical', () => {
    const near = stood(times(20, client), 60, [process({ descriptors: 900, descriptorLimit: 1000 })]);
    expect(detect(near)).toMatchObject([{ severity: 'critical' }]);
  });

  test.each([null, Infinity])('a descriptor limit of %s gives no forecast', (descriptorLimit) => {
    const [found] = detect(leaking(20, 2, [process({ descriptorLimit })]));
    expect(found).toMatchObject({ severity: 'warning', evidence: { descriptorLimit: null } });
    expect(found).not.toHaveProperty('forecast');
  });

  test('every leak of a process counts towards the limit of all', () => {
    const { pass } = watch(10);
    pass([]);
    let seen = pass([]);
    for (let n = 1; n <= 20; n++) {
      seen = pass([
        listen(8080),
        ...times(n * 2, client),
        ...times(n * 3, (i) => server(i, { remote: '10.9.0.1' })),
      ]);
    }
    const slopes = detect(seen).map(({ forecast }) => forecast?.perSecond ?? 0);
    expect(slopes).toHaveLength(2);
    for (const slope of slopes) expect(slope).toBeCloseTo(0.5, 5);
  });
});

describe('groups', () => {
  test('each process and peer is a finding of its own', () => {
    const rows = [
      ...times(6, client),
      ...times(7, (i) => client(100 + i, { remote: '2001:db8::9', local: '2001:db8::1', family: 6 })),
      ...times(8, (i) => client(200 + i, { owner: 1 })),
    ];
    const found = detect(stood(rows, 60, [process(), process({ pid: 200 })]));
    expect(found.map(({ labels, count }) => [labels.pid, labels.peer, count])).toEqual([
      ['100', '[2001:db8::9]:5432', 7],
      ['100', '10.0.0.1:5432', 6],
      ['200', '10.0.0.1:5432', 8],
    ]);
  });

  test('peers that have too few each are taken together', () => {
    const rows = times(12, (i) => client(i, { remote: `10.1.0.${i >> 1}` }));
    expect(detect(stood(rows, 60))).toMatchObject([
      { count: 12, labels: { peer: '*', role: 'client' }, evidence: { peers: 6 } },
    ]);
  });

  test('what is spoken of apart is not counted again with the rest', () => {
    const rows = [...times(6, client), ...times(7, (i) => client(100 + i, { remote: `10.1.0.${i}` }))];
    const counts = detect(stood(rows, 60)).map(({ labels, count, evidence }) => [
      labels.peer,
      count,
      evidence.peers,
    ]);
    expect(counts).toEqual([
      ['10.0.0.1:5432', 6, undefined],
      ['*', 7, 7],
    ]);
  });

  test('a server that leaks to very many peers is one finding', () => {
    const rows = [
      listen(8080),
      ...times(100, (i) => server(i, { remote: `10.1.0.${i % 20}`, inode: 7000 + i })),
    ];
    expect(detect(stood(rows, 60))).toMatchObject([
      {
        count: 100,
        labels: { peer: '*', port: '8080' },
        filter: 'state close-wait and sport = :8080 and pid = 100',
      },
    ]);
  });

  test('a growing leak to ever new peers is seen to grow', () => {
    const { pass } = watch(10);
    let seen = pass([]);
    for (let n = 1; n <= 20; n++) seen = pass(times(n * 2, (i) => client(i, { remote: `10.1.0.${i}` })));
    expect(detect(seen)).toMatchObject([{ labels: { peer: '*' }, evidence: { growing: true } }]);
  });

  test('an unknown process says why it is unknown', () => {
    const rows = times(6, (i) => client(i, { ownerGap: 'permission' }));
    const [found] = detect(stood(rows, 60));
    expect(found).toMatchObject({
      labels: { process: 'unknown' },
      evidence: { ownerGap: 'permission' },
      filter: 'state close-wait and dst 10.0.0.1 and dport = :5432',
    });
    expect(found?.labels).not.toHaveProperty('pid');
  });

  test.each([
    ['a client', times(6, client)],
    ['a server', [listen(8080), ...times(6, server)]],
    ['an accept queue', [listen(8080), ...times(6, (i) => server(i, { inode: 0 }))]],
    ['IPv6', times(6, (i) => client(i, { family: 6, remote: '2001:db8::9', local: '2001:db8::1' }))],
    ['many peers', times(12, (i) => client(i, { remote: `10.1.0.${i}` }))],
  ])('the filter of a finding shows its sockets: %s', (_, rows) => {
    const seen = stood([...rows, client(900, { remotePort: 1, owner: 1 })], 60, [
      process(),
      process({ pid: 3 }),
    ]);
    const [found] = detect(seen);
    const filter = parseFilter(found?.filter ?? 'no finding');
    const query = { kind: 'sockets', filter, sort: 'age', descending: true, limit: 100, offset: 0 } as const;
    expect(querySockets([seen.view], query, 0).answer.total).toBe(found?.count);
  });
});

test('a server with a process for each connection leaks as one, though none of its processes has many', () => {
  const workers = Array.from({ length: 8 }, (_, i) => process({ pid: 100 + i, name: 'postgres' }));
  const rows = [
    listen(5432, { owner: 0 }),
    ...workers.map((_, i): Row => ({
      localPort: 5432,
      remotePort: 40_000 + i,
      owner: i,
      state: 'CLOSE_WAIT',
      recvQueueBytes: 1,
    })),
  ];
  const { pass } = watch(10);
  pass(rows, { processes: workers });
  const found = detect(pass(rows, { processes: workers, after: 100 }));
  expect(found).toMatchObject([
    {
      cause: 'fin_unread',
      severity: 'warning',
      labels: { process: 'postgres', role: 'server', peer: '*', port: '5432' },
      count: 8,
      evidence: { processes: 8 },
      filter: 'state close-wait and sport = :5432 and process = postgres',
    },
  ]);
  expect(found[0]?.labels).not.toHaveProperty('pid');
});
