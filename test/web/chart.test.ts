import { expect, test } from 'vitest';
import { logarithmicSplits, withoutZeros } from '../../web/chart.ts';

test('small counts can be read from the logarithmic axis, and large ones are not crowded', () => {
  expect(logarithmicSplits(9)).toEqual([0, 1, 2, 5]);
  expect(logarithmicSplits(45)).toEqual([0, 1, 2, 5, 10, 20]);
  expect(logarithmicSplits(30_000)).toEqual([0, 1, 10, 100, 1000, 10_000]);
});

test('a line leaves zero and comes back to it, and is not drawn along it', () => {
  expect(withoutZeros([0, 0, 0, 3, 0, 0])).toEqual([null, null, 0, 3, 0, null]);
  expect(withoutZeros([2, null, 0, 0])).toEqual([2, null, null, null]);
});
