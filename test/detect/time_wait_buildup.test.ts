import { describe, expect, test } from 'vitest';
import { timeWaitBuildup } from '../../server/detect/time_wait_buildup.ts';
import type { Detection } from '../../server/model/finding.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import type { KernelLimits } from '../../server/model/snapshot.ts';
import { querySockets } from '../../server/track/query.ts';
import type { Pass } from '../../server/track/tracker.ts';
import { listen, LIMITS, watch, type Row } from '../track/given.ts';

const OPTIONS = timeWaitBuildup.defaults;

/** A range of 100 ports, so that few sockets show what 28,232 do. */
const limits = (over: Partial<KernelLimits> = {}): KernelLimits => ({
  ...LIMITS,
  portRange: { low: 40_000, high: 40_099 },
  ...over,
});

const times = (n: number, row: (i: number) => Row): Row[] => Array.from({ length: n }, (_, i) => row(i));
const ended = (i: number, over: Row = {}): Row => ({
  state: 'TIME_WAIT',
  localPort: 40_000 + i,
  timerExpiresMs: 20_000,
  ...over,
});

function detect({ view }: Pass, over: Partial<typeof OPTIONS> = {}): Detection[] {
  return [...timeWaitBuildup.detect(view, { ...OPTIONS, ...over }, () => false).detections];
}

describe('ports to one destination', () => {
  const taken = (timeWait: number, established = 0) =>
    watch().pass([...times(timeWait, ended), ...times(established, (i) => ({ localPort: 40_099 - i }))], {
      limits: limits(),
    });

  test.each([
    [49, []],
    [50, ['warning']],
    [79, ['warning']],
    [80, ['critical']],
  ])('%i of 100 taken: %j', (timeWait, severities) => {
    expect(detect(taken(timeWait)).map(({ severity }) => severity)).toEqual(severities);
  });

  test('carry what the verdict rests on', () => {
    expect(detect(taken(40, 20))).toEqual([
      {
        severity: 'warning',
        cause: 'client_ports',
        labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.1:5432' },
        count: 40,
        oldestAgeSeconds: 40,
        ageExact: true,
        evidence: {
          portsUsed: 60,
          portsUsable: 100,
          usedRatio: 0.6,
          timeWait: 40,
          established: 20,
          connectionsPerSecond: 1,
          growthPerMinute: null,
          growthWindowSeconds: null,
          timeWaitReuse: 2,
        },
        certainty: 'certain',
        rows: Array.from({ length: 40 }, (_, row) => row),
        filter: 'state time-wait and src 10.0.0.2 and dst 10.0.0.1:5432',
      },
    ]);
  });

  test('taken mostly by open connections are no matter of TIME_WAIT', () => {
    expect(detect(taken(20, 60))).toEqual([]);
  });

  test('of different destinations do not add up', () => {
    const rows = times(90, (i) => ended(i, { remote: i % 2 ? '10.0.0.1' : '10.0.0.9' }));
    expect(detect(watch().pass(rows, { limits: limits() }))).toEqual([]);
  });

  test('are judged by what reserved ports leave', () => {
    const pass = watch().pass(times(45, ended), { limits: limits({ reservedPorts: 50 }) });
    expect(detect(pass)).toMatchObject([{ severity: 'critical', evidence: { portsUsable: 50 } }]);
  });

  test('are not judged where the range is not known', () => {
    expect(detect(watch().pass(times(99, ended), { limits: limits({ portRange: null }) }))).toEqual([]);
  });

  /** Two more each second, none of them older than that makes them. */
  const filling = (seconds: number, oldestSeconds = seconds) => {
    const { pass } = watch();
    let seen = pass([]);
    const timerExpiresMs = (60 - oldestSeconds) * 1000;
    for (let n = 1; n <= seconds; n++) {
      seen = pass(
        times(2 * n, (i) => ended(i, { timerExpiresMs })),
        { limits: limits() },
      );
    }
    return seen;
  };

  test('that are filling up have a forecast', () => {
    const [found] = detect(filling(30));
    expect(found?.forecast).toMatchObject({ limit: 'ports', used: 60, max: 100 });
    expect(found?.forecast?.inSeconds).toBeCloseTo(20, 5);
  });

  test('have none where TIME_WAIT ends as fast as it comes before they are full', () => {
    expect(detect(filling(30, 50))).toMatchObject([{ count: 60 }]);
    expect(detect(filling(30, 50))[0]).not.toHaveProperty('forecast');
  });
});

describe('the serving side', () => {
  const served = (n: number, address = '0.0.0.0') =>
    watch().pass([
      listen(8080, { local: address }),
      ...times(n, (i) => ended(i, { localPort: 8080, remotePort: 1 + i })),
    ]);

  test('is explained from explainCount on, never alarmed', () => {
    expect(detect(served(999))).toEqual([]);
    expect(detect(served(1000))).toMatchObject([
      {
        severity: 'info',
        cause: 'serving_side',
        labels: { role: 'server', local: '0.0.0.0', port: '8080' },
        count: 1000,
        evidence: { bytesAtLeast: 168_000, bytesAtMost: 256_000, process: 'app', pid: 100 },
        filter: 'state time-wait and sport = :8080',
      },
    ]);
  });

  test('keeps its address in the filter where it has one', () => {
    expect(detect(served(1000, '10.0.0.2'))[0]?.filter).toBe(
      'state time-wait and src 10.0.0.2 and sport = :8080',
    );
  });
});

describe('the table', () => {
  const rows = [
    ...times(80, ended),
    ...times(10, (i) => ended(200 + i, { state: 'FIN_WAIT2', timer: 'time_wait' })),
  ];
  const at = (maxTimeWait: number, overflow = 0) => {
    const { pass } = watch();
    const counters = { 'TcpExt.TCPTimeWaitOverflow': 5 };
    pass(rows, { counters });
    return pass(rows, {
      limits: limits({ maxTimeWait, portRange: null }),
      counters: { 'TcpExt.TCPTimeWaitOverflow': 5 + overflow },
    });
  };

  test('is nearly full from tableRatio of the limit, counting FIN_WAIT2 mini-sockets too', () => {
    expect(detect(at(101))).toEqual([]);
    expect(detect(at(100))).toMatchObject([
      { severity: 'warning', cause: 'table_full', count: 90, evidence: { usedRatio: 0.9, maxTimeWait: 100 } },
    ]);
  });

  test('overflows when the counter rises', () => {
    expect(detect(at(100_000, 7))).toMatchObject([
      { severity: 'critical', cause: 'table_full', evidence: { overflowPerSecond: 7 } },
    ]);
  });
});

test('the filter of a finding shows its sockets', () => {
  const pass = watch().pass(
    times(60, (i) => ended(i, { family: 6, local: '2001:db8::1', remote: '2001:db8::2' })),
    { limits: limits() },
  );
  const [found] = detect(pass);
  const query = { kind: 'sockets', sort: 'age', descending: true, limit: 100, offset: 0 } as const;
  expect(
    querySockets([pass.view], { ...query, filter: parseFilter(found?.filter ?? '?') }, 0).answer.total,
  ).toBe(60);
});
