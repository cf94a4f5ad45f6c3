import { describe, expect, test } from 'vitest';
import { conntrackFull } from '../../server/detect/conntrack_full.ts';
import { descriptorExhaustion } from '../../server/detect/descriptor_exhaustion.ts';
import { orphanPressure } from '../../server/detect/orphan_pressure.ts';
import { tcpMemoryPressure } from '../../server/detect/tcp_memory_pressure.ts';
import type { Counters, View } from '../../server/model/snapshot.ts';
import { LIMITS, process, watch, type Row } from '../track/given.ts';
import { ask, counting, times } from './given.ts';

function viewOf(
  counters: Counters,
  limits: Partial<View['limits']>,
  rows: readonly Row[] = [],
  namespace?: string,
): View {
  return watch(1, namespace).pass(rows, { counters, limits: { ...LIMITS, ...limits } }).view;
}

describe('orphans', () => {
  const { found, once } = ask(orphanPressure);
  const at = (orphans: number, rows: readonly Row[] = [], namespace?: string) =>
    viewOf({ 'sockstat.TCP.orphan': orphans }, { maxOrphans: 1000 }, rows, namespace);

  test.each([
    [249, []],
    [250, ['warning']],
    [500, ['critical']],
  ])('%i of 1000: %j, since one may count four times', (orphans, severities) => {
    expect(found(at(orphans)).map(({ severity }) => severity)).toEqual(severities);
  });

  test('carry their states, and only sockets that no process has', () => {
    const rows = [
      ...times(3, (i): Row => ({ state: 'FIN_WAIT1', inode: 0, localPort: i + 1 })),
      ...times(2, (i): Row => ({ state: 'LAST_ACK', inode: 0, localPort: 10 + i })),
      { state: 'FIN_WAIT1', inode: 5, localPort: 20 } as const,
      { state: 'FIN_WAIT2', inode: 0, timer: 'time_wait', localPort: 21 } as const,
    ];
    const [finding] = found(at(300, rows));
    expect(finding).toMatchObject({
      cause: 'near_limit',
      count: 300,
      evidence: { finWait1: 3, lastAck: 2, closing: 0 },
    });
    expect(finding?.rows).toHaveLength(5);
  });

  test('that the kernel ends are another cause', () => {
    expect(found(counting(at(300), { 'TcpExt.TCPAbortOnMemory': 2 }))).toMatchObject([
      { severity: 'critical', cause: 'resetting', evidence: { abortsOnMemory: 2 } },
    ]);
  });

  test('are told of once, by the observer’s own namespace', () => {
    expect(once(at(900, [], 'pod'))).toEqual({ detections: [], considered: [] });
  });

  test('of a number that hovers do not flap', () => {
    const orphans = ask(orphanPressure);
    expect([249, 251, 248, 230, 250, 220].map((n) => orphans.next(at(n)).length)).toEqual([0, 1, 1, 1, 1, 0]);
  });
});

describe('memory', () => {
  const memoryPages = { low: 100, pressure: 200, high: 300 };
  const at = (mem: number, rows: readonly Row[] = [], namespace?: string) =>
    viewOf({ 'sockstat.TCP.mem': mem, 'sockstat.TCP.inuse': 7 }, { memoryPages }, rows, namespace);
  const { found, once } = ask(tcpMemoryPressure);

  test.each([
    [200, []],
    [201, ['pressure']],
    [301, ['exhausted']],
  ])('%i pages: %j', (mem, causes) => {
    expect(found(at(mem)).map(({ cause }) => cause)).toEqual(causes);
  });

  test('is under pressure until it is below the first number, as in the kernel', () => {
    const memory = ask(tcpMemoryPressure);
    expect([150, 201, 150, 101, 100, 150].map((mem) => memory.next(at(mem)).length)).toEqual([
      0, 1, 1, 1, 0, 0,
    ]);
  });

  test('names the longest queues and who has them', () => {
    const rows = times(20, (i): Row => ({ localPort: i + 1, recvQueueBytes: 1000 * i }));
    expect(found(at(250, [{ state: 'LISTEN', recvQueueBytes: 99 }, ...rows]))).toMatchObject([
      {
        count: 7,
        rows: [20, 19, 18, 17, 16, 15, 14, 13, 12, 11],
        evidence: { queuedBytes: 190_000, process: 'app', pid: 100, processQueuedBytes: 190_000 },
      },
    ]);
  });

  test('is told of once, by the observer’s own namespace', () => {
    expect(once(at(900, [], 'pod'))).toEqual({ detections: [], considered: [] });
  });
});

describe('descriptors', () => {
  const { found, once } = ask(descriptorExhaustion);
  /** A process over five minutes, with as many descriptors as `used` says of each second. */
  function over(used: (second: number) => number, limit: number | null = 1000, until = 300): View {
    const { pass } = watch(10);
    let seen;
    for (let at = 0; at <= until; at += 10) {
      seen = pass([{}, { state: 'CLOSE_WAIT', localPort: 2 }], {
        processes: [process({ descriptors: used(at), descriptorLimit: limit })],
      });
    }
    return seen!.view;
  }

  test.each([
    [799, []],
    [800, ['warning near_limit']],
    [950, ['critical near_limit']],
    [1000, ['critical exhausted']],
  ])('%i of 1000: %j', (used, said) => {
    expect(found(over(() => used)).map(({ severity, cause }) => `${severity} ${cause}`)).toEqual(said);
  });

  test('that grow are told of with the time that is left', () => {
    const [finding] = found(over((at) => 400 + at));
    expect(finding).toMatchObject({
      severity: 'warning',
      cause: 'growing',
      labels: { process: 'app', pid: '100' },
      evidence: {
        descriptorsUsed: 700,
        descriptorLimit: 1000,
        tcpSockets: 2,
        established: 1,
        closeWait: 1,
        growing: true,
      },
      filter: 'pid = 100',
    });
    expect(finding?.forecast?.inSeconds).toBeCloseTo(300, 0);
  });

  test('of a program that starts, or that has a peak, are none', () => {
    expect(found(over((at) => 100 + at))).toEqual([]);
    expect(found(over((at) => (at < 40 ? 200 + 10 * at : 600)))).toEqual([]);
    expect(found(over((at) => 600 + 150 * Math.sin(at / 30)))).toEqual([]);
    expect(found(over((at) => 520 + at, 1000, 50)), 'shorter than a minute').toEqual([]);
  });

  test('without a limit that is known, or at all, are none', () => {
    expect(once(over(() => 9e5, null))).toEqual({ detections: [], considered: [] });
    expect(found(over(() => 9e5, Infinity))).toEqual([]);
  });

  test('of a number that hovers do not flap', () => {
    const descriptors = ask(descriptorExhaustion);
    const seen = [799, 800, 780, 730, 801].map((used) => descriptors.next(over(() => used)).length);
    expect(seen).toEqual([0, 1, 1, 1, 1]);
  });
});

describe('connection tracking', () => {
  const { found, once } = ask(conntrackFull);
  const at = (count: number, maxConntrack: number | null = 1000) =>
    viewOf({ 'conntrack.count': count }, { maxConntrack });

  test.each([
    [799, []],
    [800, ['warning']],
    [950, ['critical']],
  ])('%i of 1000: %j', (count, severities) => {
    expect(found(at(count)).map(({ severity }) => severity)).toEqual(severities);
  });

  test('that drops is critical; drops while there is room have another reason', () => {
    const drops = { 'conntrack.drop': 30, 'conntrack.early_drop': 60 };
    expect(found(counting(at(900), drops))).toMatchObject([
      {
        severity: 'critical',
        cause: 'dropping',
        evidence: { droppedPerSecond: 1, earlyDroppedPerSecond: 2 },
      },
    ]);
    expect(found(counting(at(10), drops))).toEqual([]);
  });

  test('that is not there, not used or not limited says nothing', () => {
    for (const view of [at(0), at(5, null), at(5, 0), viewOf({}, { maxConntrack: 1000 })]) {
      expect(once(view)).toEqual({ detections: [], considered: [] });
    }
  });

  test('of a number that hovers does not flap', () => {
    const table = ask(conntrackFull);
    expect([799, 801, 790, 730, 800, 719].map((n) => table.next(at(n)).length)).toEqual([0, 1, 1, 1, 1, 0]);
  });
});
