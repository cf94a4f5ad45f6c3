import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingChanges } from '../../server/live/finding-changes.ts';
import type { Evidence, Finding } from '../../server/model/finding.ts';
import type { Delta, LiveState } from '../../server/model/live.ts';
import { MAX_FINDINGS } from '../../server/model/observation.ts';
import { advance, type Picture } from '../../web/stream.ts';
import { UP } from '../api/given.ts';
import { finding, observation } from '../given.ts';

/** What a page that had the findings before shows after their changes went over the wire. */
function shownAfter(before: readonly Finding[], now: readonly Finding[]): readonly Finding[] | undefined {
  const findings = findingChanges(before, now);
  const delta: Delta = { epoch: 'e', sequence: 2, set: {}, ...(findings && { findings }) };
  const state = { ...observation(), findings: before } as unknown as LiveState;
  const history = { at: [], byState: {} as Picture['history']['byState'] };
  const picture: Picture = { epoch: 'e', sequence: 1, state, status: UP, history };
  return advance(picture, JSON.parse(JSON.stringify(delta)) as Delta)?.state?.findings;
}

const byFingerprint = (findings: readonly Finding[] = []) =>
  findings.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));

const evidence: fc.Arbitrary<Evidence> = fc.dictionary(
  fc.constantFrom('drained', 'growing', 'unit'),
  fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)),
);
const forecast = fc.record({
  limit: fc.constant('ports' as const),
  used: fc.nat(),
  max: fc.nat(),
  perSecond: fc.nat(),
  inSeconds: fc.nat(),
  soonestSeconds: fc.nat(),
  latestSeconds: fc.constantFrom(null, 5),
});
const list: fc.Arbitrary<Finding[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.record(
        { count: fc.nat(2), evidence, forecast, causedBy: fc.constant('x') },
        { requiredKeys: ['count', 'evidence'] },
      ),
    ),
    { selector: ([peer]) => peer },
  )
  .map((some) => some.map(([peer, over]) => finding(peer, over)));

test('whatever becomes of the findings, a page that takes the changes has them as they are', () => {
  fc.assert(
    fc.property(list, list, (before, now) => {
      expect(byFingerprint(shownAfter(before, now))).toEqual(byFingerprint(now));
    }),
  );
});

test('nothing is sent where nothing changed, and only the values that did', () => {
  const before = finding('a', { evidence: { drained: 5, younger: 1, unit: 'orders.service' } });
  expect(findingChanges([before], [structuredClone(before)])).toBeUndefined();
  const now = { ...before, oldestAgeSeconds: 126, evidence: { ...before.evidence, drained: 6 } };
  expect(findingChanges([before], [now])).toEqual({
    gone: [],
    whole: [],
    changed: [{ fingerprint: before.fingerprint, oldestAgeSeconds: 126, evidence: { drained: 6 } }],
  });
});

test('as many findings as there can be, all growing, stay below 100 kB a pass', () => {
  const growing = (at: number) =>
    Array.from({ length: MAX_FINDINGS }, (_, i) =>
      finding(`10.120.30.${i}:5432`, {
        count: 300 + at,
        oldestAgeSeconds: at + 1.123456789,
        evidence: {
          drained: 300 + at,
          younger: 12 + at,
          minAgeSeconds: 60,
          recvQueueBytes: 0,
          growthPerMinute: 60 / (at + 1.7),
          growthWindowSeconds: at + 0.123456789,
          growing: true,
          unit: 'orders-api.service',
          descriptorsUsed: 512 + at,
          descriptorLimit: 65_536,
        },
        forecast: {
          limit: 'descriptors',
          used: 512 + at,
          max: 65_536,
          perSecond: 1 / (at + 1.7),
          inSeconds: 65_024 * (at + 1.7),
          soonestSeconds: 60_024 * (at + 1.7),
          latestSeconds: 70_024 * (at + 1.7),
        },
      }),
    );
  const changes = findingChanges(growing(0), growing(1));
  expect(changes?.changed).toHaveLength(MAX_FINDINGS);
  expect(JSON.stringify(changes).length).toBeLessThan(100_000);
});
