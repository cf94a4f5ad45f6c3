import { expect, test } from 'vitest';
import { asBefore } from '../../web/views/listeners/order.ts';
import { pathOf, peakOf } from '../../web/views/listeners/sparkline.ts';

const FRAME = { width: 100, height: 12, scale: 10, from: 1000, to: 2000 };

test('a line stands where its moments are, and is broken where nothing is known', () => {
  const course = { at: [1000, 1500, 1600, 1700, 2000], values: [0, 10, null, 5, null] };
  expect(pathOf(course, FRAME)).toBe('M0 11L50 1M70 6h1.5');
  expect(peakOf(course)).toBe(10);
});

test('without values there is no line and no peak', () => {
  expect(pathOf({ at: [1000], values: [null] }, FRAME)).toBe('');
  expect(peakOf({ at: [], values: [] })).toBeNull();
});

test('rows that are pointed at stay in their order, and new ones come after them', () => {
  const items = ['d', 'c', 'b', 'a'].map((key) => ({ key }));
  expect(asBefore(items, ['a', 'b', 'x']).map(({ key }) => key)).toEqual(['a', 'b', 'd', 'c']);
});
