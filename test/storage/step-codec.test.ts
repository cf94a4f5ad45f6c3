import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addStat, decodeStats, encodeStats, SLOTS, type Stats } from '../../server/storage/step-codec.ts';

function decoded(bytes: Uint8Array): Stats {
  const stats: Stats = new Map();
  decodeStats(bytes, (slot, count, min, max, sum) => stats.set(slot, { count, min, max, sum }));
  return stats;
}

/** Values such as counts, ratios and bytes are, and some that never should be. */
const value = fc.oneof(
  fc.nat(300),
  fc.nat(),
  fc.maxSafeNat(),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
);
const samples = fc.array(value, { minLength: 1, maxLength: 5 });
const given = fc.uniqueArray(fc.tuple(fc.nat(SLOTS - 1), samples), {
  minLength: 1,
  maxLength: SLOTS,
  selector: ([slot]) => slot,
});

test('what was encoded is decoded as it was: counts, extremes and sums of any series', () => {
  fc.assert(
    fc.property(given, (all) => {
      const stats: Stats = new Map();
      for (const [slot, values] of all) for (const each of values) addStat(stats, slot, 1, each, each, each);
      const again = decoded(encodeStats(stats));
      expect([...again.keys()]).toEqual([...stats.keys()].sort((a, b) => a - b));
      for (const [slot, { count, min, max, sum }] of stats) {
        const after = again.get(slot)!;
        expect([after.count, after.min, after.max]).toEqual([count, min, max]);
        expect(Math.abs(after.sum - sum)).toBeLessThanOrEqual(Math.abs(sum) * 1e-12);
      }
    }),
    { numRuns: 500 },
  );
});

test('a count that stands still takes two bytes', () => {
  const stats: Stats = new Map();
  for (let slot = 0; slot < SLOTS; slot++) stats.set(slot, { count: 60, min: 9, max: 9, sum: 540 });
  expect(encodeStats(stats).length).toBe(1 + 2 * SLOTS);
});

test('bytes that are anything at all are read without a throw, and tell only what is possible', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      decodeStats(bytes, (slot, count, min, max, sum) => {
        expect(slot).toBeGreaterThanOrEqual(0);
        expect(slot).toBeLessThan(SLOTS);
        expect(count).toBeGreaterThan(0);
        expect(min).toBeLessThanOrEqual(max);
        expect(Number.isFinite(sum)).toBe(true);
      });
    }),
    { numRuns: 2000 },
  );
});

test('what is behind the last slot that is wanted is not looked at', () => {
  const stats: Stats = new Map([1, 5, 9].map((slot) => [slot, { count: 1, min: 0, max: 0, sum: 0 }]));
  const seen: number[] = [];
  decodeStats(encodeStats(stats), (slot) => seen.push(slot), 5);
  expect(seen).toEqual([1, 5]);
});
