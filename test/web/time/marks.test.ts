import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barsOf, clustersOf, type Mark } from '../../../web/time/marks.ts';

const RANGE = { from: 1000, to: 2000 };
const mark = (from: number, to: number | null, severity: Mark['severity'] = 'warning'): Mark => ({
  id: `${from} ${to} ${severity}`,
  severity,
  title: '',
  from,
  to,
  href: '',
});

test('a mark stands where it began; what began before stands at the edge, what is over or to come nowhere', () => {
  const marks = [mark(1500, 1600), mark(0, 1100), mark(0, 900), mark(2500, null), mark(1800, null)];
  expect(clustersOf(marks, RANGE, 0.02).map(({ at }) => at)).toEqual([0, 0.5, 0.8]);
});

test('marks that would lie on one another are one, with the shape of the worst, which comes first', () => {
  const [cluster, ...others] = clustersOf(
    [mark(1500, null), mark(1510, null, 'critical'), mark(1515, null), mark(1400, null, 'info')],
    RANGE,
    0.02,
  ).toReversed();
  expect(others).toHaveLength(1);
  expect(cluster).toMatchObject({ at: 0.5, worst: 'critical' });
  expect(cluster!.marks.map(({ from }) => from)).toEqual([1510, 1515, 1500]);
});

test('bars of one severity that overlap are one, and worse ones lie over milder', () => {
  const marks = [mark(1200, 1500), mark(1100, 1300), mark(1400, null, 'critical'), mark(500, 1050)];
  expect(barsOf(marks, RANGE)).toEqual([
    { from: 0, to: 0.05, severity: 'warning' },
    { from: 0.1, to: 0.5, severity: 'warning' },
    { from: 0.4, to: 1, severity: 'critical' },
  ]);
});

test('whatever there is, no mark in the range is lost, none stands twice, and all stand apart and inside', () => {
  const some = fc.array(
    fc.tuple(fc.integer({ min: 500, max: 2500 }), fc.option(fc.integer({ min: 0, max: 2000 }))),
    { maxLength: 50 },
  );
  fc.assert(
    fc.property(some, (given) => {
      const marks = given.map(([from, length]) => mark(from, length === null ? null : from + length));
      const clusters = clustersOf(marks, RANGE, 0.05);
      const shown = clusters.flatMap((cluster) => cluster.marks);
      const expected = marks.filter(({ from, to }) => from <= RANGE.to && (to ?? RANGE.to) >= RANGE.from);
      expect(shown).toHaveLength(expected.length);
      expect(new Set(shown)).toEqual(new Set(expected));
      for (const [i, { at }] of clusters.entries()) {
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(1);
        if (i > 0) expect(at - clusters[i - 1]!.at).toBeGreaterThanOrEqual(0.05);
      }
    }),
  );
});
