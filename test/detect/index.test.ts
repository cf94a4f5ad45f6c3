import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runDetectors, undecidedDetectors } from '../../server/detect/index.ts';
import { CAUSES, DETECTOR_NAMES, fingerprint } from '../../server/model/finding.ts';
import { DetectorsSchema, defaultsOf } from '../../server/model/options.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import type { View } from '../../server/model/snapshot.ts';
import { TIMER_KINDS } from '../../server/model/socket-table.ts';
import { STATES } from '../../server/model/state.ts';
import { listen, LIMITS, process, told, watch, type Row } from '../track/given.ts';

const OPTIONS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);
const clock = () => 0;

/** In the order they run in. */
const NAMES = runDetectors(watch().pass([]).view, OPTIONS, clock).units.map(({ name }) => name);

/** Sensitive, so that small random tables give findings. */
const SENSITIVE = {
  ...OPTIONS,
  close_wait_leak: { ...OPTIONS.close_wait_leak, minAge: 0, minCount: 1 },
  time_wait_buildup: { ...OPTIONS.time_wait_buildup, warnRatio: 0.01, explainCount: 1, tableRatio: 0.1 },
  half_open: { ...OPTIONS.half_open, minAge: 0, minCount: 1, idleAfter: 0 },
  zero_window: { ...OPTIONS.zero_window, minAge: 0, minCount: 1 },
  fin_wait_stuck: { ...OPTIONS.fin_wait_stuck, minAge: 0, minCount: 1, minHalfClosedAge: 0 },
  last_ack_stuck: { ...OPTIONS.last_ack_stuck, minAge: 0, minCount: 1 },
  closing_stuck: { ...OPTIONS.closing_stuck, minAge: 0, minCount: 1 },
  syn_sent_stuck: { ...OPTIONS.syn_sent_stuck, minAge: 0, minCount: 1 },
};

const row: fc.Arbitrary<Row> = fc.record({
  state: fc.constantFrom(...STATES, 'CLOSE_WAIT' as const, 'TIME_WAIT' as const),
  family: fc.constantFrom(4 as const, 6 as const),
  localPort: fc.constantFrom(80, 40_000, 40_001),
  remote: fc.constantFrom('10.0.0.1', '2001:db8::1', '10.0.0.3'),
  remotePort: fc.integer({ min: 1, max: 3 }),
  inode: fc.integer({ min: 0, max: 50 }),
  recvQueueBytes: fc.integer({ min: 0, max: 3 }),
  sendQueueBytes: fc.integer({ min: 0, max: 2 }),
  timer: fc.constantFrom(...TIMER_KINDS),
  timerExpiresMs: fc.integer({ min: 0, max: 60_000 }),
  retransmits: fc.integer({ min: 0, max: 9 }),
  probes: fc.integer({ min: 0, max: 3 }),
  ownerGap: fc.constantFrom('none' as const, 'permission' as const),
});

function viewOf(tables: readonly (readonly Row[])[]): View {
  const { pass } = watch(10);
  const limits = { ...LIMITS, portRange: { low: 40_000, high: 40_001 }, maxTimeWait: 10 };
  const over = { limits, processes: [process()], inspect: () => told() };
  let seen = pass([], over);
  for (const rows of tables) seen = pass([listen(80), ...rows], over);
  return seen.view;
}

test('whatever the sockets: no detector throws, the same view gives the same findings, and each is whole', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 15 }), { minLength: 1, maxLength: 8 }), (tables) => {
      const view = viewOf(tables);
      const { findings, units } = runDetectors(view, SENSITIVE, clock);
      expect(units.every(({ ok }) => ok)).toBe(true);
      expect(runDetectors(view, SENSITIVE, clock).findings).toEqual(findings);
      expect(new Set(findings.map((finding) => finding.fingerprint)).size).toBe(findings.length);
      for (const finding of findings) {
        expect(CAUSES[finding.detector]).toContain(finding.cause);
        expect(finding.fingerprint).toBe(fingerprint(finding.detector, finding.labels));
        expect(finding.count).toBeGreaterThan(0);
        expect(finding.oldestAgeSeconds).toBeGreaterThanOrEqual(0);
        expect(() => parseFilter(finding.filter)).not.toThrow();
        // What crosses to other processes and into JSON must come out the same.
        expect(JSON.parse(JSON.stringify(finding))).toEqual(finding);
      }
    }),
  );
});

test('a fingerprint does not change with counts, ages, causes or severities', () => {
  const rows = (n: number, recvQueueBytes: number) =>
    Array.from({ length: n }, (_, i): Row => ({ state: 'CLOSE_WAIT', localPort: i + 1, recvQueueBytes }));
  const found = [rows(1, 0), rows(7, 1), rows(300, 55)].map((table) =>
    runDetectors(viewOf([table]), SENSITIVE, clock),
  );
  const leaks = found.map(({ findings }) => findings.find(({ detector }) => detector === 'close_wait_leak'));
  expect(new Set(leaks.map((leak) => leak?.fingerprint)).size).toBe(1);
  expect(new Set(leaks.map((leak) => leak?.cause)).size).toBe(3);
});

test('a detector that throws does not stop the others, and its silence means nothing', () => {
  const view = viewOf([
    [
      { state: 'TIME_WAIT', localPort: 40_000 },
      { state: 'TIME_WAIT', localPort: 40_001 },
    ],
  ]);
  const broken: View = {
    ...view,
    get closeWaitTotals(): never {
      throw new Error('out of order');
    },
  };
  const { findings, units } = runDetectors(broken, SENSITIVE, clock);
  expect(findings.some(({ detector }) => detector === 'time_wait_buildup')).toBe(true);
  expect(units.map(({ name, ok, error }) => [name, ok, error])).toEqual([
    ['close_wait_leak', false, 'close_wait_leak: out of order'],
    ...NAMES.filter((name) => name !== 'close_wait_leak').map((name) => [name, true, null]),
  ]);
  expect(undecidedDetectors(OPTIONS, 1e6, units)).toEqual(['close_wait_leak']);
});

test('where no detector was run, the silence of none means anything', () => {
  expect(undecidedDetectors(OPTIONS, 1e6, null)).toEqual(NAMES);
  expect([...NAMES].sort()).toEqual([...DETECTOR_NAMES].sort());
});

test('a detector that is not enabled is not run', () => {
  const options = { ...SENSITIVE, close_wait_leak: { ...SENSITIVE.close_wait_leak, enabled: false } };
  const { units } = runDetectors(viewOf([[]]), options, clock);
  expect(units.map(({ name }) => name)).toEqual(NAMES.filter((name) => name !== 'close_wait_leak'));
  expect(undecidedDetectors(options, 0, units)).not.toContain('close_wait_leak');
});

test('each is timed by the clock it is given', () => {
  let now = 0;
  const { units } = runDetectors(viewOf([[]]), OPTIONS, () => now++);
  expect(units.map(({ durationSeconds }) => durationSeconds)).toEqual(NAMES.map(() => 1));
});

test('silence about leaks means nothing before sockets could have grown old', () => {
  expect(undecidedDetectors(OPTIONS, 30, [])).toContain('close_wait_leak');
  expect(undecidedDetectors(OPTIONS, 70, [])).not.toContain('close_wait_leak');
});

test('the configured severity holds for problems, and not for what is only explained', () => {
  const twoPorts: Row[] = [
    { state: 'TIME_WAIT', localPort: 40_000 },
    { state: 'TIME_WAIT', localPort: 40_001 },
  ];
  const served: Row[] = [{ state: 'TIME_WAIT', localPort: 80 }];
  const view = viewOf([[...twoPorts, ...served]]);
  const severities = (severity: 'info' | 'warning' | 'critical') => {
    const options = { ...SENSITIVE, time_wait_buildup: { ...SENSITIVE.time_wait_buildup, severity } };
    const { findings } = runDetectors(view, options, clock);
    return Object.fromEntries(findings.map((finding) => [finding.cause, finding.severity]));
  };
  expect(severities('info')).toMatchObject({ client_ports: 'info', serving_side: 'info' });
  expect(severities('critical')).toMatchObject({ client_ports: 'critical', serving_side: 'info' });
});

test('a finding names the network namespace it is in, in its labels where that is not the own, and in its filter', () => {
  const rows = Array.from({ length: 5 }, (_, i): Row => ({ localPort: 40_000 + i, state: 'CLOSE_WAIT' }));
  const [here, there] = ['host', 'my pod'].map((namespace) => {
    const { pass } = watch(10, namespace);
    pass(rows);
    return runDetectors(pass(rows, { after: 100 }).view, OPTIONS, clock, {
      severalNamespaces: true,
    }).findings;
  });
  expect(here).toMatchObject([{ filter: expect.stringMatching(/ and netns = host$/) }]);
  expect(here?.[0]?.labels).not.toHaveProperty('netns');
  expect(there).toMatchObject([
    { labels: { netns: 'my pod' }, filter: expect.stringMatching(/ and netns = "my pod"$/) },
  ]);
  expect(there?.[0]?.fingerprint).not.toBe(here?.[0]?.fingerprint);
});
