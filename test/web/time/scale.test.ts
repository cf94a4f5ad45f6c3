import { expect, test } from 'vitest';
import { highestOf, logarithmicSplits } from '../../../web/time/scale.ts';

test('small counts can be read from the logarithmic axis, and large ones are not crowded', () => {
  expect(logarithmicSplits(9)).toEqual([0, 1, 2, 5]);
  expect(logarithmicSplits(45)).toEqual([0, 1, 2, 5, 10, 20]);
  expect(logarithmicSplits(30_000)).toEqual([0, 1, 10, 100, 1000, 10_000]);
});

test('a limit is in view when what is used comes near it, and does not flatten what is far below', () => {
  const scale = { unit: 'count', logarithmic: false } as const;
  expect(highestOf(300, { ...scale, limit: 1000 })).toBeGreaterThan(1000);
  expect(highestOf(30, { ...scale, limit: 1000 })).toBeLessThan(40);
  expect(highestOf(1200, { ...scale, limit: 1000 })).toBeGreaterThan(1200);
  expect(highestOf(0, { ...scale, limit: null })).toBe(4);
  expect(highestOf(0, { unit: 'share', logarithmic: false, limit: null })).toBe(1);
});
