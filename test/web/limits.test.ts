import { expect, test } from 'vitest';
import type { LiveState } from '../../server/model/live.ts';
import { NO_LIMITS } from '../../server/model/snapshot.ts';
import { zeroByState } from '../../server/model/state.ts';
import { limitsOf, THRESHOLDS, type LimitName } from '../../web/views/overview/limits.ts';
import { DETECTORS, observation } from '../given.ts';

const STATE: LiveState = {
  ...observation(),
  status: { state: 'up', reason: null, cause: null, restarts: 0, observationAgeSeconds: 0 },
  alerts: [],
  host: { name: 'box', version: '1', kernel: '6' },
};
const limit = (name: LimitName, over: Partial<LiveState>) =>
  limitsOf({ ...STATE, ...over }).find((each) => each.name === name);

const destination = {
  netns: 'host',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  used: 10,
  timeWait: 4,
  usable: 100,
};
const program = {
  pid: 7,
  name: 'web',
  unit: null,
  container: null,
  pod: null,
  descriptors: 20,
  descriptorLimit: 100,
  byState: zeroByState(),
};
const listener = {
  netns: 'host',
  address: '::',
  port: 80,
  process: { pid: 7, name: 'web', unit: null, container: null },
  acceptQueue: 0,
  acceptQueueMax: 127,
};
const namespace = {
  name: 'host',
  kind: 'host' as const,
  inode: null,
  processes: null,
  readAt: 1,
  intervalSeconds: 1,
  source: null,
  complete: true,
  error: null,
  sockets: 0,
  byState: zeroByState(),
  rates: null,
  limits: NO_LIMITS,
};

test('the thresholds are the defaults of the detectors', () => {
  const { port_exhaustion, time_wait_buildup, descriptor_exhaustion, accept_queue_full } = DETECTORS;
  const { orphan_pressure, conntrack_full } = DETECTORS;
  const of = ({ warnRatio, criticalRatio }: { warnRatio: number; criticalRatio: number }) => ({
    warning: warnRatio,
    critical: criticalRatio,
  });
  expect(THRESHOLDS.ports).toEqual(of(port_exhaustion));
  expect(THRESHOLDS.ports).toEqual(of(time_wait_buildup));
  expect(THRESHOLDS.descriptors).toEqual(of(descriptor_exhaustion));
  expect(THRESHOLDS.accept_queue.warning).toBe(accept_queue_full.warnRatio);
  expect(THRESHOLDS.time_wait.warning).toBe(time_wait_buildup.tableRatio);
  expect(THRESHOLDS.orphans).toEqual(of(orphan_pressure));
  expect(THRESHOLDS.conntrack).toEqual(of(conntrack_full));
});

test('of ports, descriptors and accept queues the fullest is told, with whose it is', () => {
  const ports = [
    { ...destination, used: 900, usable: 10_000 },
    { ...destination, remotePort: 80, used: 60 },
    { ...destination, usable: null },
  ];
  expect(limit('ports', { ports })).toMatchObject({
    used: 60,
    max: 100,
    ratio: 0.6,
    level: 'warning',
    whose: { kind: 'destination', remotePort: 80 },
  });

  const processes = [{ ...program, descriptors: null }, program, { ...program, pid: 8, descriptors: 95 }];
  expect(limit('descriptors', { processes })).toMatchObject({
    used: 95,
    max: 100,
    level: 'critical',
    whose: { kind: 'process', pid: 8 },
  });

  const listeners = [
    { ...listener, acceptQueue: 100, acceptQueueMax: 4096 },
    { ...listener, port: 81, acceptQueue: 4, acceptQueueMax: 5 },
  ];
  const queue = limit('accept_queue', { listeners });
  expect(queue).toMatchObject({ used: 4, max: 5, level: null, whose: { kind: 'listener', port: 81 } });
  expect(queue?.ratio).toBeCloseTo(4 / 6);
});

test('an accept queue is full at one more than its maximum', () => {
  const levelAt = (acceptQueue: number) =>
    limit('accept_queue', { listeners: [{ ...listener, acceptQueue }] })?.level;
  expect([0, 102, 103, 127, 128].map(levelAt)).toEqual([null, null, 'warning', 'warning', 'critical']);
});

test('TIME_WAIT stands against the table of its own network namespace', () => {
  const one = { ...namespace, byState: { ...zeroByState(), TIME_WAIT: 500 } };
  const other = { ...one, name: 'blue', limits: { ...NO_LIMITS, maxTimeWait: 520 } };
  const namespaces = [{ ...one, limits: { ...NO_LIMITS, maxTimeWait: 1000 } }, other];
  expect(limit('time_wait', { namespaces: namespaces.slice(0, 1) })).toMatchObject({
    ratio: 0.5,
    level: null,
    whose: null,
  });
  expect(limit('time_wait', { namespaces })).toMatchObject({
    used: 500,
    max: 520,
    level: 'warning',
    whose: { kind: 'namespace', netns: 'blue' },
  });
});

test('orphans are warned of at a quarter, since the kernel may count each four times', () => {
  const limits = { ...NO_LIMITS, maxOrphans: 1000 };
  const levelAt = (orphans: number) =>
    limit('orphans', { limits, sockstat: { orphans, memoryPages: 0 } })?.level;
  expect([0, 249, 250, 500].map(levelAt)).toEqual([null, null, 'warning', 'critical']);
});

test('memory is marked where the kernel begins to save and where it refuses', () => {
  const limits = { ...NO_LIMITS, memoryPages: { low: 600, pressure: 800, high: 1000 } };
  const at = (memoryPages: number) => limit('memory', { limits, sockstat: { orphans: 0, memoryPages } });
  expect(at(1)?.marks).toEqual([
    { ratio: 0.8, level: 'warning' },
    { ratio: 1, level: 'critical' },
  ]);
  expect([800, 801, 1000, 1001].map((pages) => at(pages)?.level)).toEqual([
    null,
    'warning',
    'warning',
    'critical',
  ]);
});

test('connection tracking is told only where there is any', () => {
  const limits = { ...NO_LIMITS, maxConntrack: 100 };
  expect(limit('conntrack', { limits })).toBeUndefined();
  expect(limit('conntrack', { limits: NO_LIMITS, conntrackEntries: 3 })).toBeUndefined();
  expect(limit('conntrack', { limits, conntrackEntries: 80 })).toMatchObject({
    ratio: 0.8,
    level: 'warning',
  });
});

test('what is not known says whether it cannot be read or nobody uses it', () => {
  const unknown = (over: Partial<LiveState>) =>
    Object.fromEntries(limitsOf({ ...STATE, ...over }).map((each) => [each.name, each.unknown]));
  expect(unknown({})).toEqual({
    ports: 'unreadable',
    descriptors: 'nobody',
    accept_queue: 'nobody',
    time_wait: 'unreadable',
    orphans: 'unreadable',
    memory: 'unreadable',
  });
  expect(
    unknown({
      ports: [{ ...destination, usable: null }],
      processes: [{ ...program, descriptorLimit: null }],
      listeners: [{ ...listener, acceptQueueMax: null }],
    }),
  ).toMatchObject({ ports: 'unreadable', descriptors: 'unreadable', accept_queue: 'unreadable' });
});

test('where no destination uses ports yet, none of the range is used', () => {
  const limits = { ...NO_LIMITS, portRange: { low: 32_768, high: 60_999 }, reservedPorts: 2 };
  expect(limit('ports', { limits })).toMatchObject({ used: 0, max: 28_230, ratio: 0, whose: null });
});
