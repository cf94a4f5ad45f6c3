import { expect, test } from 'vitest';
import { acceptQueueFull } from '../../server/detect/accept_queue_full.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import type { View } from '../../server/model/snapshot.ts';
import { querySockets } from '../../server/track/query.ts';
import { listen, process, watch, type Row } from '../track/given.ts';
import { ask, counting, times } from './given.ts';

const waiting = (i: number, over: Row = {}): Row => ({
  localPort: 8080,
  remotePort: 50_000 + i,
  inode: 0,
  ...over,
});

/** A listener on 8080 with `n` connections in a queue of `max`, as it is after `seconds`; 0 is as /proc tells it. */
function queueOf(n: number, max: number, seconds: number, more: readonly Row[] = []): View {
  const { pass } = watch(1);
  const rows = [listen(8080, { recvQueueBytes: n, sendQueueBytes: max }), ...times(n, waiting), ...more];
  pass(rows);
  return pass(rows, { after: seconds }).view;
}

const overflowing = (view: View, overflows: number) =>
  counting(view, { 'TcpExt.ListenOverflows': overflows });
const { found, once } = ask(acceptQueueFull);

test('a queue that has stood full and turns clients away is critical, and names who does not accept', () => {
  const view = overflowing(queueOf(129, 128, 5), 3);
  const [finding] = found(view);
  expect(finding).toMatchObject({
    severity: 'critical',
    cause: 'overflowing',
    certainty: 'certain',
    labels: { role: 'server', local: '0.0.0.0', port: '8080', process: 'app', pid: '100' },
    count: 129,
    oldestAgeSeconds: 5,
    evidence: { acceptQueue: 129, acceptQueueMax: 128, usedRatio: 1, listenOverflows: 3 },
  });
  const query = { kind: 'sockets', sort: 'age', descending: true, limit: 500, offset: 0 } as const;
  expect(
    querySockets([view], { ...query, filter: parseFilter(finding?.filter ?? '?') }, 0).answer.total,
  ).toBe(129);
});

test('a queue near its maximum that is not emptied is a warning before the first overflow', () => {
  expect(found(queueOf(104, 128, 5))).toMatchObject([{ severity: 'warning', cause: 'nearly_full' }]);
});

test('a full queue that nobody empties is critical, even while no client tries again', () => {
  expect(found(queueOf(129, 128, 29))).toMatchObject([{ severity: 'warning', cause: 'nearly_full' }]);
  expect(found(queueOf(129, 128, 31))).toMatchObject([{ severity: 'critical', cause: 'nearly_full' }]);
  expect(found(queueOf(128, 128, 31))).toMatchObject([{ severity: 'warning', cause: 'nearly_full' }]);
});

test('a queue seen full for a moment, on a busy server that accepts, is none', () => {
  const { detections, considered } = once(queueOf(5, 5, 0));
  expect(detections).toEqual([]);
  expect(considered).toMatchObject([{ reason: 'makes_progress', value: 0, threshold: 1, count: 5 }]);
});

test('a connection that has waited long tells of a stall, however long the queue', () => {
  expect(found(queueOf(1, 4096, 29))).toEqual([]);
  expect(found(queueOf(1, 4096, 31))).toMatchObject([
    { severity: 'warning', cause: 'not_accepting', count: 1, oldestAgeSeconds: 31 },
  ]);
});

test('connections that were accepted are not in the queue, however old', () => {
  const accepted = times(50, (i) => waiting(100 + i, { inode: 900 + i }));
  expect(found(queueOf(0, 128, 3600, accepted))).toEqual([]);
});

test('where the maximum is not known, the queue that stands while the counter rises is taken for the full one', () => {
  expect(found(overflowing(queueOf(20, 0, 5), 3))).toMatchObject([
    { cause: 'overflowing', certainty: 'strong', evidence: { acceptQueueMax: null, usedRatio: null } },
  ]);
});

test('overflows that no queue explains are bursts, if there are many', () => {
  const view = queueOf(0, 5, 1);
  expect(found(overflowing(view, 10))).toMatchObject([
    {
      severity: 'warning',
      cause: 'bursts',
      labels: { port: '*' },
      evidence: { listenOverflows: 10, acceptQueueMax: 5 },
    },
  ]);
  const { detections, considered } = once(overflowing(view, 9));
  expect(detections).toEqual([]);
  expect(considered).toMatchObject([{ reason: 'rare', value: 9, threshold: 10 }]);
});

test('one overflowing queue, seen full now and then, stays one finding', () => {
  const queues = ask(acceptQueueFull);
  const seen = [129, 40, 129, 3, 129].map((n) => queues.next(overflowing(queueOf(n, 128, 0.5), 50)));
  expect(seen.map((findings) => findings.map(({ cause }) => cause))).toEqual(seen.map(() => ['overflowing']));
  expect(new Set(seen.flat().map(({ labels }) => JSON.stringify(labels))).size).toBe(1);
});

test('a wait that hovers at the threshold does not flap', () => {
  const queues = ask(acceptQueueFull);
  expect([29, 30, 28, 29, 26].map((wait) => queues.next(queueOf(3, 128, wait)).length)).toEqual([
    0, 1, 1, 1, 0,
  ]);
});

test('several listeners of one process at one place (SO_REUSEPORT) are one finding, of the fullest', () => {
  const { pass } = watch();
  const rows = [
    listen(8080, { recvQueueBytes: 1, sendQueueBytes: 128, inode: 1 }),
    listen(8080, { recvQueueBytes: 9, sendQueueBytes: 128, inode: 2 }),
    ...times(10, waiting),
  ];
  pass(rows);
  const view = pass(rows, { after: 60, processes: [process()] }).view;
  expect(found(view)).toMatchObject([{ cause: 'not_accepting', count: 9, evidence: { listeners: 2 } }]);
});

test('a queue is spoken of when the process of its listener is known, and not before as that of nobody', () => {
  const { pass } = watch();
  const rows = (over: Row) => [
    listen(8080, { recvQueueBytes: 9, sendQueueBytes: 8, ...over }),
    ...times(9, waiting),
  ];
  pass(rows({ ownerGap: 'pending' }));
  const pending = overflowing(pass(rows({ ownerGap: 'pending' }), { after: 60 }).view, 50);
  expect(once(pending)).toEqual({ detections: [], considered: [] });
  const known = overflowing(pass(rows({})).view, 50);
  expect(found(known)).toMatchObject([{ cause: 'overflowing', labels: { process: 'app', pid: '100' } }]);
  const unknown = overflowing(pass(rows({ ownerGap: 'permission' })).view, 50);
  expect(found(unknown)).toMatchObject([{ cause: 'overflowing', labels: { process: 'unknown' } }]);
});
