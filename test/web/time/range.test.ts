import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between, periodOf, shifted, zoomed, type Range } from '../../../web/time/range.ts';

const NOW = Date.UTC(2026, 0, 2);
const MINUTE = 60_000;
const hour: Range = { from: NOW - 60 * MINUTE, to: NOW };
const range = fc
  .record({ age: fc.integer({ min: 0, max: 1e10 }), length: fc.integer({ min: 10_000, max: 1e10 }) })
  .map(({ age, length }): Range => ({ from: NOW - age - length, to: NOW - age }));

describe('a range', () => {
  test('goes back by a part of its length, and forth, but not beyond now', () => {
    const before = shifted(hour, -1 / 2, NOW);
    expect(before).toEqual({ from: NOW - 90 * MINUTE, to: NOW - 30 * MINUTE });
    expect(shifted(before, 1 / 2, NOW)).toEqual(hour);
    expect(shifted(shifted(before, 1 / 2, NOW), 1 / 2, NOW)).toEqual(hour);
  });

  test('zoomed has the moment where it was', () => {
    const moment = NOW - 15 * MINUTE;
    expect(zoomed(hour, 1 / 2, moment, NOW)).toEqual({
      from: moment - 22.5 * MINUTE,
      to: moment + 7.5 * MINUTE,
    });
    expect(zoomed(zoomed(hour, 1 / 2, moment, NOW), 2, moment, NOW)).toEqual(hour);
  });

  test('dragged over from either side is the same, and never so short that nothing is in it', () => {
    const [a, b] = [NOW - 5 * MINUTE, NOW - 3 * MINUTE];
    expect(between(a, b, NOW)).toEqual({ from: a, to: b });
    expect(between(b, a, NOW)).toEqual({ from: a, to: b });
    expect(between(a, a + 10, NOW)).toEqual({ from: a - 4995, to: a + 5005 });
    expect(between(NOW, NOW, NOW)).toEqual({ from: NOW - 10_000, to: NOW });
  });

  test('never ends after now and never has a length that makes no sense, whatever is done to it', () => {
    const act = fc.oneof(
      fc.record({
        factor: fc.constantFrom(0.01, 0.5, 2, 1000),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ part: fc.constantFrom(-1, -0.5, 0.25, 1, 50) }),
    );
    fc.assert(
      fc.property(range, fc.array(act, { maxLength: 20 }), (start, acts) => {
        let present = start;
        for (const each of acts) {
          present =
            'part' in each
              ? shifted(present, each.part, NOW)
              : zoomed(present, each.factor, present.from + each.at * (present.to - present.from), NOW);
          const length = present.to - present.from;
          expect(present.to).toBeLessThanOrEqual(NOW + 1);
          expect(length).toBeGreaterThanOrEqual(9999);
          expect(length).toBeLessThanOrEqual(31_536_000_001);
        }
      }),
    );
  });

  test('moves on each second where it is short, each minute where it is long', () => {
    expect(periodOf(5 * MINUTE)).toBe(1000);
    expect(periodOf(60 * MINUTE)).toBe(6000);
    expect(periodOf(1e12)).toBe(60_000);
  });
});
