import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SORT_KEYS, type SocketRow } from '../../server/model/api.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { STATES } from '../../server/model/state.ts';
import { queryGroups } from '../../server/track/groups.ts';
import { querySockets, type SocketsPage } from '../../server/track/query.ts';
import { listen, process, watch, type Row } from './given.ts';

const AT = Date.UTC(2026, 0, 2);
const PROCESSES = [process(), process({ pid: 7, name: 'db' })];

const APP = { pid: 100, name: 'app', unit: null, container: null, pod: null };

function viewOf(rows: readonly Row[]) {
  return watch().pass(rows, { processes: PROCESSES }).view;
}

function ports(rows: readonly Row[], filter: string): number[] {
  const query = { kind: 'sockets', filter: parseFilter(filter), sort: 'local', descending: false } as const;
  const { answer } = querySockets([viewOf(rows)], { ...query, limit: 100, offset: 0 }, AT);
  return answer.rows.map(({ local }) => local.port);
}

describe('filters', () => {
  const rows: Row[] = [
    { localPort: 1, state: 'CLOSE_WAIT', recvQueueBytes: 5, uid: 3 },
    { localPort: 2, state: 'TIME_WAIT', timerExpiresMs: 50_000 },
    { localPort: 3, remote: '10.7.0.9', owner: 1 },
    { localPort: 4, family: 6, local: '2001:db8::1', remote: '2001:db8::2', remotePort: 443 },
    { localPort: 5, ownerGap: 'permission', sendQueueBytes: 9, inode: 77 },
  ];

  test.each([
    ['', [1, 2, 3, 5, 4]],
    ['state close-wait', [1]],
    ['not state close-wait', [2, 3, 5, 4]],
    ['state bucket', [2]],
    ['dst 10.0.0.0/8', [1, 2, 3, 5]],
    ['dst 10.0.0.0/9 and dst 10.0.0.0/16', [1, 2, 5]],
    ['dst 10.7.0.9', [3]],
    ['dst [2001:db8::]/32', [4]],
    ['dst [2001:db8::2]:443', [4]],
    ['dst :443 or sport = :1', [1, 4]],
    ['sport >= :4', [5, 4]],
    ['pid = 7', [3]],
    ['pid != 7', [1, 2, 5, 4]],
    ['process = db', [3]],
    ['process != db', [1, 2, 5, 4]],
    ['uid = 3', [1]],
    ['inode = 77', [5]],
    ['age >= 10s', [2]],
    ['recvq > 0', [1]],
    ['sendq > 8 and not pid = 100', [5]],
    ['( state close-wait or state time-wait ) and dport = :5432', [1, 2]],
  ])('%s', (filter, expected) => {
    expect(ports(rows, filter)).toEqual(expected);
  });
});

describe('filters by process', () => {
  const CONTAINER = '3f2a91c0be77'.padEnd(64, '0');
  const processes = [
    process({ pid: 10, name: 'master', unit: 'nginx.service' }),
    process({ pid: 11, name: 'worker', unit: 'nginx.service' }),
    process({ pid: 12, name: 'app', container: CONTAINER, pod: 'p' }),
    process({ pid: 13, name: 'lxc', container: 'beef' }),
  ];
  const rows: Row[] = [
    { localPort: 1, holders: [0, 1] },
    { localPort: 2, owner: 1 },
    { localPort: 3, owner: 2 },
    { localPort: 4, owner: 3 },
    { localPort: 5, ownerGap: 'pending' },
  ];
  const view = watch(1, 'web').pass(rows, { processes }).view;

  test.each([
    ['pid = 11', [1, 2]],
    ['pid != 11', [3, 4, 5]],
    ['pid > 11', [3, 4]],
    ['pid < 11', [1]],
    ['process = master', [1]],
    ['process = worker', [1, 2]],
    ['process != worker', [3, 4, 5]],
    ['unit = nginx.service', [1, 2]],
    ['unit != nginx.service', [3, 4, 5]],
    ['unit = nginx', []],
    [`container = ${CONTAINER}`, [3]],
    ['container = 3f2a91c0be77', [3]],
    ['container = 3f2a91c0be', []],
    ['container = beef', [4]],
    ['container != 3f2a91c0be77', [1, 2, 4, 5]],
    ['netns = web', [1, 2, 3, 4, 5]],
    ['netns != web', []],
    ['netns = host', []],
  ])('%s', (filter, expected) => {
    const query = { kind: 'sockets', filter: parseFilter(filter), sort: 'local', descending: false } as const;
    const { answer } = querySockets([view], { ...query, limit: 100, offset: 0 }, AT);
    expect(answer.rows.map(({ local }) => local.port)).toEqual(expected);
  });

  test('a socket that many processes hold lists twenty of them, and their number', () => {
    const workers = Array.from({ length: 30 }, (_, i) => process({ pid: 100 + i }));
    const pass = watch().pass([{ holders: [...workers.keys()] }], { processes: workers });
    const query = {
      kind: 'sockets',
      filter: parseFilter('pid = 129'),
      sort: 'age',
      descending: true,
    } as const;
    const [row] = querySockets([pass.view], { ...query, limit: 1, offset: 0 }, AT).answer.rows;
    expect([row?.process?.pid, row?.processes.length, row?.processes[19]?.pid, row?.processesTotal]).toEqual([
      100, 20, 119, 30,
    ]);
  });

  test.each([
    ['unit', { 'nginx.service': 2, none: 2, unknown: 1 }],
    ['container', { [CONTAINER]: 1, beef: 1, none: 2, unknown: 1 }],
    ['netns', { web: 5 }],
    ['process', { master: 1, worker: 1, app: 1, lxc: 1, unknown: 1 }],
  ] as const)('groups by %s count a socket once, under its first process', (by, expected) => {
    const answer = queryGroups([view], { kind: 'groups', filter: { op: 'all' }, by: [by], limit: 10 }, AT);
    expect(Object.fromEntries(answer.groups.map(({ key, sockets }) => [key[by], sockets]))).toEqual(expected);
  });
});

describe('rows', () => {
  test('carry what is known of a socket', () => {
    const view = viewOf([
      {
        state: 'FIN_WAIT1',
        localPort: 4,
        timer: 'retransmit',
        timerExpiresMs: 1500,
        sendQueueBytes: 3,
        uid: 8,
      },
    ]);
    const filter = parseFilter('');
    const { answer } = querySockets(
      [view],
      { kind: 'sockets', filter, sort: 'age', descending: true, limit: 1, offset: 0 },
      AT,
    );
    expect(answer).toEqual({
      at: '2026-01-02T00:00:00.000Z',
      total: 1,
      nextCursor: null,
      rows: [
        {
          id: '1',
          netns: 'host',
          family: 'ipv4',
          state: 'FIN_WAIT1',
          local: { address: '10.0.0.2', port: 4 },
          remote: { address: '10.0.0.1', port: 5432 },
          recvQueueBytes: 0,
          sendQueueBytes: 3,
          uid: 8,
          inode: 1004,
          process: APP,
          processes: [APP],
          processesTotal: 1,
          processUnknown: 'none',
          ageSeconds: 0,
          ageExact: false,
          timer: { kind: 'retransmit', expiresSeconds: 1.5, retransmits: 0, probes: 0 },
          tcpInfo: null,
        },
      ],
    });
  });

  const row: fc.Arbitrary<Row> = fc.record({
    state: fc.constantFrom(...STATES),
    localPort: fc.integer({ min: 1, max: 5 }),
    remotePort: fc.integer({ min: 1, max: 60_000 }),
    recvQueueBytes: fc.integer({ min: 0, max: 3 }),
    owner: fc.constantFrom(0, 1),
  });

  test('come page by page, each once, in order, for every sort key', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.constantFrom(...SORT_KEYS),
        fc.boolean(),
        fc.integer({ min: 1, max: 15 }),
        (rows, sort, descending, limit) => {
          const view = viewOf(rows);
          const query = { kind: 'sockets', filter: { op: 'all' }, sort, descending } as const;
          const whole = querySockets([view], { ...query, limit: 1000, offset: 0 }, AT).answer.rows;
          const paged = [];
          for (let cursor: string | null = '0'; cursor !== null;) {
            const page: SocketsPage['answer'] = querySockets(
              [view],
              { ...query, limit, offset: Number(cursor) },
              AT,
            ).answer;
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            paged.push(...page.rows);
            cursor = page.nextCursor;
          }
          expect(paged).toEqual(whole);
          expect(new Set(paged.map(({ id }) => id)).size).toBe(rows.length);
        },
      ),
    );
  });

  test('are sorted by what was asked for', () => {
    const rows: Row[] = [
      { localPort: 3, recvQueueBytes: 2, owner: 1, state: 'CLOSE_WAIT' },
      { localPort: 1, recvQueueBytes: 9, state: 'SYN_SENT' },
      { localPort: 2, recvQueueBytes: 5, ownerGap: 'permission', remote: '9.0.0.1' },
    ];
    const sorted = (sort: (typeof SORT_KEYS)[number], descending: boolean) =>
      querySockets(
        [viewOf(rows)],
        { kind: 'sockets', filter: { op: 'all' }, sort, descending, limit: 9, offset: 0 },
        AT,
      ).answer.rows.map(({ local }) => local.port);
    expect(sorted('recvq', true)).toEqual([1, 2, 3]);
    expect(sorted('local', false)).toEqual([1, 2, 3]);
    expect(sorted('remote', false)).toEqual([2, 3, 1]);
    expect(sorted('state', false)).toEqual([1, 2, 3]);
    expect(sorted('process', false)).toEqual([2, 1, 3]);
    expect(sorted('pid', true)).toEqual([1, 3, 2]);
  });

  test('are at most a thousand at a time', () => {
    const rows = Array.from({ length: 1500 }, (_, i): Row => ({ localPort: i + 1 }));
    const { answer } = querySockets(
      [viewOf(rows)],
      { kind: 'sockets', filter: { op: 'all' }, sort: 'age', descending: true, limit: 5000, offset: 0 },
      AT,
    );
    expect(answer.rows).toHaveLength(1000);
    expect(answer).toMatchObject({ total: 1500, nextCursor: '1000' });
  });
});

describe('several network namespaces', () => {
  /** Deals the rows out to three namespaces, whose trackers share their ids. */
  function dealt(rows: readonly Row[]) {
    const ids = { last: 0 };
    return ['host', 'web', 'db'].map((namespace, i) => {
      const own = rows.filter((_, at) => at % 3 === i);
      return watch(1, namespace, ids).pass(own, { processes: PROCESSES }).view;
    });
  }
  const fields: Record<(typeof SORT_KEYS)[number], (row: SocketRow) => unknown> = {
    age: (row) => row.ageSeconds,
    recvq: (row) => row.recvQueueBytes,
    sendq: (row) => row.sendQueueBytes,
    state: (row) => row.state,
    local: (row) => row.local,
    remote: (row) => row.remote,
    process: (row) => row.process?.name,
    pid: (row) => row.process?.pid,
  };
  const row: fc.Arbitrary<Row> = fc.record({
    state: fc.constantFrom(...STATES),
    local: fc.constantFrom('10.0.0.2', '10.0.0.10', '9.0.0.1'),
    localPort: fc.integer({ min: 1, max: 60_000 }),
    remotePort: fc.integer({ min: 1, max: 300 }),
    recvQueueBytes: fc.integer({ min: 0, max: 3 }),
    owner: fc.constantFrom(0, 1),
  });

  test('are one list, in the order that one namespace with all of them would have', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.constantFrom(...SORT_KEYS),
        fc.boolean(),
        (rows, sort, descending) => {
          const views = dealt(rows);
          const query = { kind: 'sockets', filter: { op: 'all' }, sort, descending, limit: 1000 } as const;
          const { answer } = querySockets(views, { ...query, offset: 0 }, AT);
          const together = querySockets(
            [watch().pass(rows, { processes: PROCESSES }).view],
            { ...query, offset: 0 },
            AT,
          );
          expect(answer.rows.map(fields[sort])).toEqual(together.answer.rows.map(fields[sort]));
          expect(new Set(answer.rows.map(({ id }) => id)).size).toBe(rows.length);
          const paged = Array.from({ length: Math.ceil(rows.length / 7) }, (_, page) => {
            return querySockets(views, { ...query, limit: 7, offset: 7 * page }, AT).answer.rows;
          });
          expect(paged.flat()).toEqual(answer.rows);
        },
      ),
    );
  });

  test('name the one that each socket is in, and keep its row to ask the kernel about', () => {
    const views = dealt([{ localPort: 1 }, { localPort: 2 }, { localPort: 3 }]);
    const { answer, bySource } = querySockets(
      views,
      { kind: 'sockets', filter: { op: 'all' }, sort: 'local', descending: false, limit: 2, offset: 0 },
      AT,
    );
    expect(answer.rows.map(({ netns }) => netns)).toEqual(['host', 'web']);
    expect(answer.total).toBe(3);
    expect(
      bySource.map(({ namespace, table, index }) => [namespace, table.localPort[0], table.count, index]),
    ).toEqual([
      ['host', 1, 1, [0]],
      ['web', 2, 1, [1]],
    ]);
  });

  test('have their groups counted together', () => {
    const views = dealt([
      { localPort: 1, state: 'CLOSE_WAIT' },
      { localPort: 2, state: 'ESTABLISHED' },
      { localPort: 3, owner: 1 },
    ]);
    const answer = queryGroups(
      views,
      { kind: 'groups', filter: { op: 'all' }, by: ['process'], limit: 9 },
      AT,
    );
    expect(answer).toMatchObject({
      total: 2,
      groups: [
        {
          key: { process: 'app' },
          sockets: 2,
          byState: { CLOSE_WAIT: 1, ESTABLISHED: 1 },
        },
        { key: { process: 'db' }, sockets: 1 },
      ],
    });
  });
});

describe('groups', () => {
  const rows: Row[] = [
    listen(80, { owner: 1 }),
    { localPort: 1, state: 'TIME_WAIT', timerExpiresMs: 20_000 },
    { localPort: 2 },
    { localPort: 3, remote: '10.7.0.9', owner: 1 },
  ];

  test('count states by the keys asked for, the largest first', () => {
    const answer = queryGroups(
      [viewOf(rows)],
      { kind: 'groups', filter: { op: 'all' }, by: ['remote', 'remotePort'], limit: 2 },
      AT,
    );
    expect(answer.total).toBe(3);
    expect(answer.groups).toHaveLength(2);
    expect(answer.groups[0]).toMatchObject({
      key: { remote: '10.0.0.1', remotePort: '5432' },
      sockets: 2,
      byState: { TIME_WAIT: 1, ESTABLISHED: 1, LISTEN: 0 },
      oldestAgeSeconds: 40,
    });
  });

  test.each([
    ['process', ['db', 'app', 'unknown']],
    ['pid', ['7', '100', 'unknown']],
    ['uid', ['0']],
    ['local', ['10.0.0.2', '0.0.0.0']],
  ] as const)('by %s', (by, expected) => {
    const answer = queryGroups(
      [viewOf(rows)],
      { kind: 'groups', filter: { op: 'all' }, by: [by], limit: 10 },
      AT,
    );
    expect(answer.groups.map(({ key }) => key[by]).sort()).toEqual([...expected].sort());
  });

  test('no key at all is one group of all that match', () => {
    const answer = queryGroups(
      [viewOf(rows)],
      { kind: 'groups', filter: parseFilter('sport = :80'), by: [], limit: 1 },
      AT,
    );
    expect(answer.groups).toMatchObject([{ key: {}, sockets: 1 }]);
  });
});
