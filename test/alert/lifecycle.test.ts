import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../server/model/alert.ts';
import type { Finding } from '../../server/model/finding.ts';
import { MAX_FINDINGS, type Observation } from '../../server/model/observation.ts';
import {
  listAlerts,
  MAX_ACTIVE,
  MAX_RESOLVED,
  NO_ALERTS,
  RESOLVED_KEPT_SECONDS,
  step,
  type Lifecycle,
  type LifecycleSettings,
} from '../../server/alert/lifecycle.ts';
import { ALERTS, DETECTORS, finding, observation, START_MS } from '../given.ts';

const FOR = DETECTORS.close_wait_leak.for;
const KEEP = ALERTS.keepFiringFor;
const SETTINGS: LifecycleSettings = { detectors: DETECTORS, alerts: ALERTS, instance: 'db1' };
const LEAK = finding();

/** Steps through observations, one a second unless they say otherwise. */
function watch(settings: LifecycleSettings = SETTINGS) {
  let lifecycle: Lifecycle = NO_ALERTS;
  let seconds = -1;
  return {
    pass(over: Partial<Observation> = {}): readonly Alert[] {
      seconds = over.monotonicSeconds ?? seconds + 1;
      // What is carried from step to step has gone through JSON: it must be plain data.
      const next = step(lifecycle, observation({ monotonicSeconds: seconds, ...over }), settings);
      lifecycle = JSON.parse(JSON.stringify(next.lifecycle)) as Lifecycle;
      return next.changed;
    },
    /** Passes of one second each, `count` of them. */
    passes(count: number, over: Partial<Observation> = {}): Alert[] {
      return Array.from({ length: count }, () => this.pass(over)).flat();
    },
    alerts: () => listAlerts(lifecycle),
    states: () => listAlerts(lifecycle).map((alert) => alert.state),
    active: () => lifecycle.active.length,
  };
}

function firing(settings: LifecycleSettings = SETTINGS) {
  const watched = watch(settings);
  watched.passes(FOR + 1, { findings: [LEAK] });
  expect(watched.states()).toEqual(['firing']);
  return watched;
}

const iso = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();

describe('an alert begins', () => {
  test('pending, when its finding is first seen', () => {
    const watched = watch();
    expect(watched.pass({ findings: [LEAK] })).toEqual([]);
    expect(watched.alerts()).toEqual([
      {
        id: expect.stringContaining(LEAK.fingerprint) as string,
        fingerprint: LEAK.fingerprint,
        alertname: 'close_wait_leak',
        state: 'pending',
        severity: 'warning',
        labels: { ...LEAK.labels, alertname: 'close_wait_leak', severity: 'warning', instance: 'db1' },
        pendingSince: iso(0),
        startsAt: null,
        endsAt: null,
        finding: LEAK,
      },
    ]);
  });

  test('firing, on the pass that completes "for" and not before', () => {
    const watched = watch();
    expect(watched.passes(FOR, { findings: [LEAK] })).toEqual([]);
    expect(watched.pass({ findings: [LEAK] })).toMatchObject([{ state: 'firing', startsAt: iso(FOR) }]);
    expect(watched.pass({ findings: [LEAK] })).toEqual([]);
  });

  test('at once where "for" is zero', () => {
    const detectors = { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 0 } };
    const watched = watch({ ...SETTINGS, detectors });
    expect(watched.pass({ findings: [LEAK] })).toMatchObject([{ state: 'firing' }]);
  });

  test('never, and without a word, where the finding vanishes before', () => {
    const watched = watch();
    watched.passes(FOR, { findings: [LEAK] });
    expect(watched.pass()).toEqual([]);
    expect(watched.alerts()).toEqual([]);
    expect(watched.passes(FOR, { findings: [LEAK] })).toEqual([]);
  });

  test('not below the least severity that alarms', () => {
    const watched = watch();
    watched.passes(FOR + 1, { findings: [finding('10.0.0.1', { severity: 'info' })] });
    expect(watched.alerts()).toEqual([]);
  });
});

describe('an alert ends', () => {
  test('when its finding has been gone for "keepFiringFor" and not before', () => {
    const watched = firing();
    expect(watched.passes(KEEP)).toEqual([]);
    expect(watched.pass()).toMatchObject([
      { state: 'resolved', startsAt: iso(FOR), endsAt: iso(FOR + KEEP + 1) },
    ]);
    expect(watched.states()).toEqual(['resolved']);
  });

  test('not where the finding comes back in time', () => {
    const watched = firing();
    for (let i = 0; i < 5; i++) {
      expect(watched.passes(KEEP)).toEqual([]);
      expect(watched.pass({ findings: [LEAK] })).toEqual([]);
    }
    expect(watched.states()).toEqual(['firing']);
  });

  test('when the finding is there but no longer grave enough', () => {
    const watched = firing();
    const mild = finding('10.0.0.1', { severity: 'info' });
    const changed = watched.passes(KEEP + 1, { findings: [mild], undecided: ['close_wait_leak'] });
    expect(changed).toMatchObject([{ state: 'resolved', severity: 'warning' }]);
  });

  test('not before its start, although the wall clock was set back', () => {
    const watched = firing();
    const [resolved] = watched.passes(KEEP + 1, { at: START_MS - 3_600_000 });
    expect(resolved).toMatchObject({ state: 'resolved', endsAt: resolved?.startsAt });
  });

  test('and is shown as resolved for a while', () => {
    const watched = firing();
    watched.passes(KEEP + 1);
    const ended = FOR + KEEP + 1;
    watched.pass({ monotonicSeconds: ended + RESOLVED_KEPT_SECONDS - 1 });
    expect(watched.states()).toEqual(['resolved']);
    watched.pass();
    expect(watched.states()).toEqual([]);
  });

  test('and is shown once where it fires again', () => {
    const watched = firing();
    watched.passes(KEEP + 1);
    watched.pass({ findings: [LEAK] });
    expect(watched.states()).toEqual(['pending']);
    watched.pass();
    expect(watched.states()).toEqual(['resolved']);
    watched.passes(FOR + 1, { findings: [LEAK] });
    watched.passes(KEEP + 1);
    expect(watched.states()).toEqual(['resolved']);
  });
});

describe('silence does not end an alert', () => {
  const cases: Record<string, Partial<Observation>> = {
    'on an incomplete pass': { complete: false },
    'of a detector that has not watched long enough': { undecided: ['close_wait_leak'] },
    'of a detector that failed': {
      units: [{ name: 'close_wait_leak', kind: 'detector', ok: false, durationSeconds: 0, error: 'broken' }],
    },
    'in a list of findings that is full': {
      findings: Array.from({ length: MAX_FINDINGS }, (_, i) => finding(`10.1.0.${i}`)),
    },
  };
  test.each(Object.entries(cases))('%s', (_, silent) => {
    const watched = firing();
    watched.passes(2);
    const changed = watched.passes(KEEP * 3, silent).filter((alert) => alert.state === 'resolved');
    expect(changed).toEqual([]);
    // What had been counted before is kept: the rest of keepFiringFor is still to be watched.
    expect(watched.passes(KEEP - 2).filter((alert) => alert.state === 'resolved')).toEqual([]);
    const resolved = watched.passes(4).filter((alert) => alert.fingerprint === LEAK.fingerprint);
    expect(resolved).toMatchObject([{ state: 'resolved' }]);
  });

  test('of a network namespace that was not read, while those of others end', () => {
    const inside = finding('10.0.0.1', { labels: { ...LEAK.labels, netns: 'web' } });
    const watched = watch();
    watched.passes(FOR + 1, { findings: [LEAK, inside] });
    const changed = watched.passes(KEEP * 3, { undecidedNamespaces: ['web', 'db'] });
    expect(changed.map(({ labels, state }) => [labels['netns'], state])).toEqual([[undefined, 'resolved']]);
    expect(watched.passes(KEEP + 1)).toMatchObject([{ state: 'resolved', labels: { netns: 'web' } }]);
  });

  test('which another detector has nothing to do with', () => {
    const watched = firing();
    const units = [
      { name: 'close_wait_leak', kind: 'collector', ok: false, durationSeconds: 0, error: '' },
    ] as const;
    const changed = watched.passes(KEEP + 1, { undecided: ['time_wait_buildup'], units });
    expect(changed).toMatchObject([{ state: 'resolved' }]);
  });

  test('a pending alert waits through an unsettled detector with what it had', () => {
    const watched = watch();
    watched.passes(FOR, { findings: [LEAK] });
    watched.passes(100, { undecided: ['close_wait_leak'] });
    expect(watched.passes(1, { findings: [LEAK] })).toEqual([]);
    expect(watched.passes(1, { findings: [LEAK] })).toMatchObject([{ state: 'firing' }]);
  });
});

describe('time', () => {
  test('of passes that only count is decided by the next full one, with the time since the last', () => {
    const watched = watch();
    watched.pass({ findings: [LEAK] });
    watched.passes(2 * FOR, { findings: [LEAK], kind: 'counts' });
    expect(watched.states()).toEqual(['pending']);
    watched.pass({ findings: [LEAK] });
    expect(watched.states()).toEqual(['firing']);
    watched.passes(2 * KEEP, { findings: [LEAK], kind: 'counts' });
    watched.pass();
    watched.passes(2 * KEEP, { kind: 'counts' });
    expect(watched.states()).toEqual(['firing']);
    watched.pass();
    expect(watched.states()).toEqual(['resolved']);
  });

  test('of incomplete passes counts for a finding that is there before and after', () => {
    const watched = watch();
    watched.pass({ findings: [LEAK] });
    expect(watched.passes(FOR * 2, { findings: [LEAK], complete: false })).toEqual([]);
    expect(watched.pass({ findings: [LEAK] })).toMatchObject([{ state: 'firing' }]);
  });

  test('of incomplete passes does not count where another observer follows', () => {
    const watched = watch();
    watched.pass({ findings: [LEAK] });
    watched.passes(FOR * 2, { findings: [LEAK], complete: false });
    watched.passes(FOR, { findings: [LEAK], epoch: 'two' });
    expect(watched.states()).toEqual(['pending']);
  });

  test('that nobody watched counts neither towards firing nor towards the end', () => {
    const watched = watch();
    watched.pass({ findings: [LEAK] });
    watched.pass({ findings: [LEAK], monotonicSeconds: 1000, gapSeconds: 999 });
    expect(watched.states()).toEqual(['pending']);
    watched.passes(FOR, { findings: [LEAK] });
    expect(watched.states()).toEqual(['firing']);
    watched.pass();
    watched.pass({ monotonicSeconds: 5000, gapSeconds: 3960 });
    expect(watched.states()).toEqual(['firing']);
  });

  test('goes on where it was with a new observer, whose clock begins anew', () => {
    const watched = watch();
    watched.passes(FOR, { findings: [LEAK] });
    const second = { findings: [LEAK], epoch: 'two' };
    expect(watched.pass({ ...second, monotonicSeconds: 90_000 })).toEqual([]);
    expect(watched.pass(second)).toMatchObject([{ state: 'firing' }]);
    expect(watched.passes(KEEP, { epoch: 'two' })).toEqual([]);
    expect(watched.pass({ epoch: 'three', monotonicSeconds: 3 })).toEqual([]);
    expect(watched.pass({ epoch: 'three' })).toMatchObject([{ state: 'resolved' }]);
  });

  test('is not the wall clock', () => {
    const watched = watch();
    for (let i = 0; i < FOR; i++) watched.pass({ findings: [LEAK], at: START_MS + i * 3_600_000 });
    expect(watched.states()).toEqual(['pending']);
  });
});

describe('severity', () => {
  const critical = finding('10.0.0.1', { severity: 'critical', count: 99 });

  test('rises at once, and the alert stays the same one', () => {
    const watched = firing();
    expect(watched.pass({ findings: [critical] })).toMatchObject([
      {
        fingerprint: LEAK.fingerprint,
        severity: 'critical',
        labels: { severity: 'critical' },
        startsAt: iso(FOR),
        finding: { count: 99 },
      },
    ]);
  });

  test('falls only after "keepFiringFor", so that a value swaying around a threshold is told once', () => {
    const watched = firing();
    watched.pass({ findings: [critical] });
    for (let i = 0; i < 5; i++) {
      expect(watched.passes(KEEP, { findings: [LEAK] })).toEqual([]);
      expect(watched.pass({ findings: [critical] })).toEqual([]);
    }
    expect(watched.passes(KEEP, { findings: [LEAK] })).toEqual([]);
    expect(watched.pass({ findings: [LEAK] })).toMatchObject([{ state: 'firing', severity: 'warning' }]);
  });

  test('of a pending alert follows its finding', () => {
    const watched = watch();
    watched.pass({ findings: [critical] });
    watched.pass({ findings: [LEAK] });
    expect(watched.alerts()).toMatchObject([{ state: 'pending', severity: 'warning' }]);
  });
});

describe('memory is bounded', () => {
  const leaks = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => finding(`10.2.${(from + i) >> 8}.${(from + i) & 255}`));

  test('alerts beyond the maximum are counted, and those that fire are kept', () => {
    let lifecycle = NO_ALERTS;
    const undecided = ['close_wait_leak'];
    const run = (monotonicSeconds: number, findings: Finding[]) =>
      step(lifecycle, observation({ monotonicSeconds, findings, undecided }), SETTINGS);
    for (const seconds of [0, FOR]) lifecycle = run(seconds, leaks(0, 10)).lifecycle;
    for (let i = 1; i * MAX_FINDINGS <= MAX_ACTIVE; i++) {
      const next = run(FOR + i, leaks(i * MAX_FINDINGS, MAX_FINDINGS));
      expect(next.overflow).toBe(Math.max(0, i * MAX_FINDINGS + 10 - MAX_ACTIVE));
      lifecycle = next.lifecycle;
    }
    expect(lifecycle.active).toHaveLength(MAX_ACTIVE);
    // Those that are pending and no longer seen have made room.
    expect(lifecycle.active.filter((active) => active.seen === 'present')).toHaveLength(MAX_FINDINGS);
    expect(listAlerts(lifecycle).filter((alert) => alert.state === 'firing')).toHaveLength(10);
  });

  test('the newest resolved alerts are kept, up to a maximum', () => {
    const watched = watch();
    const many = leaks(0, MAX_RESOLVED + 20);
    watched.passes(FOR + 1, { findings: many });
    expect(watched.passes(KEEP + 1)).toHaveLength(many.length);
    expect(watched.alerts()).toHaveLength(MAX_RESOLVED);
  });
});

describe('whatever is observed', () => {
  const PEERS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
  const anyPass = fc.record({
    stepSeconds: fc.integer({ min: 0, max: 40 }),
    complete: fc.boolean(),
    settled: fc.boolean(),
    restart: fc.boolean(),
    gap: fc.boolean(),
    wallStepMs: fc.integer({ min: -5_000_000, max: 5_000_000 }),
    peers: fc.subarray(PEERS),
    severity: fc.constantFrom('info', 'warning', 'critical' as const),
  });

  test('no alert fires before its finding was seen for "for", or ends where silence means nothing', () => {
    fc.assert(
      fc.property(fc.array(anyPass, { maxLength: 60 }), (passes) => {
        let lifecycle = NO_ALERTS;
        let clock = 0;
        let epoch = 0;
        // The longest that each finding can have been there: since the last complete, settled pass without it.
        const presentSince = new Map<string, number>();
        let watched = 0;
        for (const pass of passes) {
          if (pass.restart) {
            epoch++;
            clock = 0;
          } else {
            clock += pass.stepSeconds;
            if (!pass.gap) watched += pass.stepSeconds;
          }
          const findings = pass.peers.map((peer) => finding(peer, { severity: pass.severity }));
          const facts = observation({
            epoch: String(epoch),
            monotonicSeconds: clock,
            at: START_MS + pass.wallStepMs,
            gapSeconds: pass.gap ? pass.stepSeconds : null,
            complete: pass.complete,
            undecided: pass.settled ? [] : ['close_wait_leak'],
            findings,
          });
          const { lifecycle: next, changed } = step(lifecycle, facts, SETTINGS);
          lifecycle = next;

          if (!pass.complete) expect(changed).toEqual([]);
          const seen = new Set(pass.severity === 'info' ? [] : findings.map((each) => each.fingerprint));
          const silenceCounts = pass.complete && (pass.settled || pass.severity === 'info');
          if (pass.complete) {
            for (const fingerprint of seen) {
              if (!presentSince.has(fingerprint)) presentSince.set(fingerprint, watched);
            }
          }
          for (const alert of changed) {
            const since = presentSince.get(alert.fingerprint) ?? Infinity;
            if (alert.state === 'firing') expect(watched - since).toBeGreaterThanOrEqual(FOR);
            else expect([silenceCounts, seen.has(alert.fingerprint)]).toEqual([true, false]);
          }
          const fired = new Set(
            listAlerts(lifecycle)
              .filter((alert) => alert.state === 'firing')
              .map((alert) => alert.fingerprint),
          );
          for (const fingerprint of presentSince.keys()) {
            const decided =
              pass.complete && (pass.settled || findings.some((f) => f.fingerprint === fingerprint));
            if (decided && !seen.has(fingerprint) && !fired.has(fingerprint))
              presentSince.delete(fingerprint);
          }
          const all = listAlerts(lifecycle);
          expect(new Set(all.map((alert) => alert.fingerprint)).size).toBe(all.length);
          for (const { startsAt, endsAt } of all) {
            if (startsAt && endsAt) expect(Date.parse(endsAt)).toBeGreaterThanOrEqual(Date.parse(startsAt));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a finding that is on every pass fires no later than "for" and one interval', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { minLength: 60 }),
        (passes) => {
          const watched = watch();
          let seconds = 0;
          watched.pass({ findings: [LEAK] });
          for (const [stepSeconds, complete] of passes) {
            seconds += stepSeconds;
            watched.pass({ findings: [LEAK], monotonicSeconds: seconds, complete });
            if (complete && seconds >= FOR) expect(watched.states()).toEqual(['firing']);
          }
        },
      ),
    );
  });
});
