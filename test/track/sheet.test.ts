import { expect, test } from 'vitest';
import { SORT_KEYS } from '../../server/model/api.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { decodeSheet, sheetRow } from '../../server/model/sheet.ts';
import type { View } from '../../server/model/snapshot.ts';
import { querySockets } from '../../server/track/query.ts';
import { querySheet } from '../../server/track/sheet.ts';
import { listen, process, watch, type Row } from './given.ts';

const AT = Date.UTC(2026, 0, 2);
const ids = { last: 0 };
const PROCESSES = [process(), process({ pid: 7, name: 'db', unit: 'db.service' })];
const ROWS: Row[] = [
  listen(80),
  { localPort: 1, state: 'CLOSE_WAIT', recvQueueBytes: 5, uid: 3 },
  { localPort: 2, state: 'TIME_WAIT', timerExpiresMs: 50_000, ownerGap: 'kernel' },
  { localPort: 3, remote: '10.7.0.9', owner: 1, timer: 'retransmit', timerExpiresMs: 300, retransmits: 2 },
  { localPort: 4, family: 6, local: '2001:db8::1', remote: '2001:db8::2', holders: [1, 0] },
];
const host = watch(1, 'host', ids).pass(ROWS, { processes: PROCESSES }).view;
const other = watch(1, 'web', ids).pass(ROWS, { processes: PROCESSES }).view;

const sheetOf = (views: readonly View[], filter: string, sort: (typeof SORT_KEYS)[number], limit = 1000) => {
  const query = { kind: 'sheet', filter: parseFilter(filter), sort, descending: true, limit } as const;
  return decodeSheet(querySheet(views, query, { sequence: 9, at: AT }).buffer as ArrayBuffer);
};

test.each([
  ['one network namespace', [host]],
  ['several', [host, other]],
])('a sheet has the rows of GET sockets in their order: of %s', (_what, views) => {
  for (const sort of SORT_KEYS) {
    for (const filter of ['', 'process = db', 'age >= 10s']) {
      const page = { filter: parseFilter(filter), sort, descending: true, limit: 1000, offset: 0 };
      const { answer } = querySockets(views, { kind: 'sockets', ...page }, AT);
      const sheet = sheetOf(views, filter, sort);
      expect(sheet).toMatchObject({ at: answer.at, sequence: 9, total: answer.total });
      const rows = answer.rows.map(({ processes, tcpInfo, ...row }) => {
        expect([processes.length, tcpInfo]).toEqual([row.processesTotal, null]);
        return row;
      });
      expect(Array.from(sheet.id, (_, row) => sheetRow(sheet, row))).toEqual(rows);
    }
  }
});

test('a limit leaves the last ones out, and the total says how many there are', () => {
  const sheet = sheetOf([host, other], '', 'recvq', 3);
  expect([sheet.rows, sheet.total, ...sheet.recvQueueBytes]).toEqual([3, 10, 5, 5, 0]);
});

test('each address and each process is there once', () => {
  const many = Array.from({ length: 300 }, (_, i): Row => ({
    localPort: i,
    remote: `10.1.${i >> 8}.${i & 255}`,
  }));
  const sheet = sheetOf([watch().pass([...many, ...many]).view], '', 'local');
  expect([sheet.rows, sheet.addresses.length / 4, sheet.processes.length]).toEqual([600, 301, 1]);
});
