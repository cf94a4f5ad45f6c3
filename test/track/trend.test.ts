import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Trends } from '../../server/track/trend.ts';

test('there is no trend before five samples over ten seconds', () => {
  const trends = new Trends(10);
  for (let at = 0; at < 10; at++) expect(trends.record('a', at, at)).toBeNull();
  expect(trends.record('a', 10, 10)).toEqual({
    perSecond: 1,
    lowPerSecond: 1,
    highPerSecond: 1,
    windowSeconds: 10,
    samples: 11,
  });
  for (const at of [0, 10, 20, 30]) expect(trends.record('b', at, 1)).toBeNull();
  expect(trends.record('b', 40, 1)).toMatchObject({ perSecond: 0 });
});

test('one burst does not bend a level line', () => {
  const trends = new Trends(10);
  for (let at = 0; at <= 30; at++) trends.record('a', at, at === 15 ? 1000 : 7);
  expect(trends.last('a')?.perSecond).toBe(0);
});

test('a steady leak is found under noise', () => {
  const trends = new Trends(10);
  for (let at = 0; at <= 300; at++) trends.record('a', at, Math.floor(at / 10) + (at % 3));
  expect(trends.last('a')?.perSecond).toBeCloseTo(0.1, 2);
});

test('how sure the slope is shows in its bounds: the nearer, the less the samples scatter', () => {
  const trends = new Trends(10);
  for (let at = 0; at <= 300; at++) {
    trends.record('calm', at, at / 10 + (at % 2));
    trends.record('wild', at, at / 10 + 15 * ((at * 7919) % 3));
  }
  const width = (key: string) => {
    const trend = trends.last(key);
    if (!trend) throw new Error('there is no trend');
    expect(trend.lowPerSecond).toBeLessThanOrEqual(0.1);
    expect(trend.highPerSecond).toBeGreaterThanOrEqual(0.1);
    return trend.highPerSecond - trend.lowPerSecond;
  };
  expect(width('wild')).toBeGreaterThan(2 * width('calm'));
});

test('the window grows to ten minutes and no further, and a new course shows in time', () => {
  const trends = new Trends(10);
  for (let at = 0; at <= 3600; at++) trends.record('a', at, at);
  const { windowSeconds = 0, samples = 0 } = trends.last('a') ?? {};
  expect(windowSeconds).toBeGreaterThan(500);
  expect(windowSeconds).toBeLessThanOrEqual(600);
  expect(samples).toBeLessThanOrEqual(40);
  for (let at = 3601; at <= 4300; at++) trends.record('a', at, 3600);
  expect(trends.last('a')?.perSecond).toBe(0);
});

test('what has not been recorded for longest gives way', () => {
  const trends = new Trends(2);
  for (let at = 0; at <= 20; at++) {
    trends.record('a', at, at);
    trends.record('b', at, at);
  }
  trends.record('c', 21, 1);
  expect(trends.last('a')).toBeNull();
  expect(trends.last('b')).not.toBeNull();
});

test('the slope of a straight line is the line’s, whatever the spacing of its samples', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -50, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 20, maxLength: 200 }),
      (slope, steps) => {
        const trends = new Trends(1);
        let at = 0;
        for (const step of steps) trends.record('a', (at += step), slope * at);
        expect(trends.last('a')?.perSecond).toBeCloseTo(slope, 6);
      },
    ),
  );
});
