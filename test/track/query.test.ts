import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SORT_KEYS } from '../../server/model/api.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { STATES } from '../../server/model/state.ts';
import { queryGroups, querySockets } from '../../server/track/query.ts';
import { listen, process, watch, type Row } from './given.ts';

const AT = Date.UTC(2026, 0, 2);
const PROCESSES = [process(), process({ pid: 7, name: 'db' })];

function viewOf(rows: readonly Row[]) {
  return watch().pass(rows, { processes: PROCESSES }).view;
}

function ports(rows: readonly Row[], filter: string): number[] {
  const query = { kind: 'sockets', filter: parseFilter(filter), sort: 'local', descending: false } as const;
  const answer = querySockets(viewOf(rows), { ...query, limit: 100, offset: 0 }, AT);
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
    const answer = querySockets(
      view,
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
          process: { pid: 100, name: 'app' },
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
          const whole = querySockets(view, { ...query, limit: 1000, offset: 0 }, AT).rows;
          const paged = [];
          for (let cursor: string | null = '0'; cursor !== null;) {
            const page = querySockets(view, { ...query, limit, offset: Number(cursor) }, AT);
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
        viewOf(rows),
        { kind: 'sockets', filter: { op: 'all' }, sort, descending, limit: 9, offset: 0 },
        AT,
      ).rows.map(({ local }) => local.port);
    expect(sorted('recvq', true)).toEqual([1, 2, 3]);
    expect(sorted('local', false)).toEqual([1, 2, 3]);
    expect(sorted('remote', false)).toEqual([2, 3, 1]);
    expect(sorted('state', false)).toEqual([1, 2, 3]);
    expect(sorted('process', false)).toEqual([2, 1, 3]);
    expect(sorted('pid', true)).toEqual([1, 3, 2]);
  });

  test('are at most a thousand at a time', () => {
    const rows = Array.from({ length: 1500 }, (_, i): Row => ({ localPort: i + 1 }));
    const answer = querySockets(
      viewOf(rows),
      { kind: 'sockets', filter: { op: 'all' }, sort: 'age', descending: true, limit: 5000, offset: 0 },
      AT,
    );
    expect(answer.rows).toHaveLength(1000);
    expect(answer).toMatchObject({ total: 1500, nextCursor: '1000' });
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
      viewOf(rows),
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
      viewOf(rows),
      { kind: 'groups', filter: { op: 'all' }, by: [by], limit: 10 },
      AT,
    );
    expect(answer.groups.map(({ key }) => key[by]).sort()).toEqual([...expected].sort());
  });

  test('no key at all is one group of all that match', () => {
    const answer = queryGroups(
      viewOf(rows),
      { kind: 'groups', filter: parseFilter('sport = :80'), by: [], limit: 1 },
      AT,
    );
    expect(answer.groups).toMatchObject([{ key: {}, sockets: 1 }]);
  });
});
