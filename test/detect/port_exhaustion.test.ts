import { expect, test } from 'vitest';
import { portExhaustion } from '../../server/detect/port_exhaustion.ts';
import { timeWaitBuildup } from '../../server/detect/time_wait_buildup.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { querySockets } from '../../server/track/query.ts';
import { LIMITS, process, watch, type Row } from '../track/given.ts';
import { ask, times } from './given.ts';

/** A range of 100 ports, so that few sockets show what 28,232 do. */
const limits = { ...LIMITS, portRange: { low: 40_000, high: 40_099 } };
const open = (i: number, over: Row = {}): Row => ({ localPort: 40_000 + i, ...over });
const bound = (i: number, over: Row = {}): Row =>
  open(i, { state: 'CLOSE', remote: '0.0.0.0', remotePort: 0, ...over });
const viewOf = (rows: readonly Row[]) => watch().pass(rows, { limits }).view;
const { found, once } = ask(portExhaustion);

test.each([
  [49, []],
  [50, ['warning']],
  [80, ['critical']],
])('%i of 100 ports held by open connections: %j', (n, severities) => {
  expect(found(viewOf(times(n, open))).map(({ severity }) => severity)).toEqual(severities);
});

test('ports held open name destination, holder and states', () => {
  const rows = [
    ...times(40, (i) => open(i, { owner: 1 })),
    ...times(20, (i) => open(40 + i, { state: 'CLOSE_WAIT' })),
    ...times(5, (i) => open(70 + i, { state: 'TIME_WAIT' })),
  ];
  const processes = [process(), process({ pid: 7, name: 'pool' })];
  const { view } = watch().pass(rows, { limits, processes });
  const [finding] = found(view);
  expect(finding).toMatchObject({
    cause: 'held_open',
    certainty: 'certain',
    labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.1:5432' },
    count: 60,
    evidence: {
      portsUsed: 65,
      portsUsable: 100,
      established: 40,
      closeWait: 20,
      timeWait: 5,
      process: 'pool',
      pid: 7,
      processSockets: 40,
    },
  });
  expect(finding?.rows).toHaveLength(60);
  const query = { kind: 'sockets', sort: 'age', descending: true, limit: 100, offset: 0 } as const;
  expect(
    querySockets([view], { ...query, filter: parseFilter(finding?.filter ?? '?') }, 0).answer.total,
  ).toBe(60);
});

test('ports that fill up have a forecast', () => {
  const { pass } = watch();
  let seen = pass([], { limits });
  for (let n = 1; n <= 30; n++) seen = pass(times(2 * n, open), { limits });
  expect(found(seen.view)[0]?.forecast?.inSeconds).toBeCloseTo(20, 5);
});

test('a busy pool of a bounded size is none, and is told as considered', () => {
  const { detections, considered } = once(viewOf(times(30, open)));
  expect(detections).toEqual([]);
  expect(considered).toMatchObject([{ reason: 'below_limit', value: 0.3, threshold: 0.5, count: 30 }]);
});

test('ports mostly in TIME_WAIT are the matter of time_wait_buildup alone', () => {
  const view = viewOf([
    ...times(40, (i) => open(i, { state: 'TIME_WAIT' })),
    ...times(20, (i) => open(50 + i)),
  ]);
  expect(found(view)).toEqual([]);
  expect(ask(timeWaitBuildup).found(view)).toHaveLength(1);
});

test('where the share of TIME_WAIT hovers at half, neither of the two comes and goes', () => {
  const ports = ask(portExhaustion);
  const ended = ask(timeWaitBuildup);
  const both = [31, 29, 31, 30, 29, 31].map((timeWait) => {
    const rows = times(60, (i) => open(i, i < timeWait ? { state: 'TIME_WAIT' } : {}));
    const view = viewOf(rows);
    return [ended.next(view).length, ports.next(view).length];
  });
  expect(both.slice(2)).toEqual(both.slice(2).map(() => [1, 1]));
});

test('sockets that are bound and no more take ports of their address, each once', () => {
  const rows = [
    ...times(55, (i) => bound(i)),
    ...times(55, (i) => bound(i, { inode: 9000 + i })),
    bound(0, { localPort: 8080 }),
    ...times(10, (i) => bound(i, { local: '10.0.0.3' })),
  ];
  const { detections, considered } = once(viewOf(rows));
  expect(detections).toMatchObject([
    {
      cause: 'bound_only',
      labels: { role: 'client', local: '10.0.0.2' },
      count: 110,
      evidence: { portsUsed: 55 },
    },
  ]);
  expect(considered).toMatchObject([{ labels: { local: '10.0.0.3' }, value: 0.1, state: 'CLOSE' }]);
});

test('a count that hovers at the threshold does not flap', () => {
  const ports = ask(portExhaustion);
  const counts = [49, 50, 49, 50, 46, 49].map((n) => ports.next(viewOf(times(n, open))).length);
  expect(counts).toEqual([0, 1, 1, 1, 1, 1]);
});

test('without a known range nothing is said', () => {
  const { view } = watch().pass(times(99, open), { limits: { ...limits, portRange: null } });
  expect(once(view)).toEqual({ detections: [], considered: [] });
});
