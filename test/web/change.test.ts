import { expect, test } from 'vitest';
import {
  countsIn,
  differenceSince,
  hourBefore,
  oldestInstead,
  type CountsAnswer,
} from '../../web/diagram/change.ts';

const THEN = Date.UTC(2026, 0, 2, 3, 0, 0);
const HOUR_MS = 3_600_000;
const answer = (over: Partial<CountsAnswer> = {}): CountsAnswer => ({
  oldest: new Date(THEN - HOUR_MS).toISOString(),
  at: [THEN, THEN + 10_000, THEN + 20_000],
  series: [
    { name: 'tcp_sockets{state="close_wait"}', mean: [4.6, 7.4, null] },
    { name: 'tcp_sockets{state="established"}', mean: [10, 11, null] },
  ],
  ...over,
});

test('what has changed is counted from the newest moment of then that was recorded', () => {
  const before = countsIn(answer(), 'newest');
  const now = THEN + 10_000 + HOUR_MS;
  expect(differenceSince(before, 'CLOSE_WAIT', 319, now)).toEqual({ by: 312, seconds: 3600 });
  expect(differenceSince(before, 'ESTABLISHED', 4, now)).toEqual({ by: -7, seconds: 3600 });
});

test('where nothing has changed, or is known of then, nothing is said', () => {
  const now = THEN + HOUR_MS;
  const before = countsIn(answer(), 'newest');
  expect(differenceSince(before, 'CLOSE_WAIT', 7, now)).toBeNull();
  expect(differenceSince(before, 'SYN_RECV', 7, now)).toBeNull();
  expect(differenceSince(null, 'CLOSE_WAIT', 8, now)).toBeNull();
  const silent = answer({ series: [{ name: 'tcp_sockets{state="close_wait"}', mean: [null, null, null] }] });
  expect(countsIn(silent, 'newest')).toBeNull();
});

test('a store younger than an hour is asked for its oldest moment, and the time since is told', () => {
  const oldest = new Date(THEN).toISOString();
  const query = new URLSearchParams(oldestInstead(answer({ at: [], series: [], oldest })) ?? '');
  expect(Object.fromEntries(query)).toEqual({
    series: 'tcp_sockets',
    from: oldest,
    to: new Date(THEN + 60_000).toISOString(),
  });
  const before = countsIn(answer(), 'oldest');
  expect(differenceSince(before, 'CLOSE_WAIT', 6, THEN + 720_000)).toEqual({ by: 1, seconds: 720 });
  expect(differenceSince(before, 'CLOSE_WAIT', 6, THEN + 59_000)).toBeNull();
});

test('a store that is older is not asked twice, nor one that is empty', () => {
  expect(oldestInstead(answer())).toBeNull();
  expect(oldestInstead(answer({ at: [], series: [], oldest: null }))).toBeNull();
});

test('the hour before a past moment is asked for by the clock, the one before now by the server’s', () => {
  expect(hourBefore(null)).toBe('series=tcp_sockets&from=now-61m&to=now-60m');
  expect(Object.fromEntries(new URLSearchParams(hourBefore(THEN)))).toEqual({
    series: 'tcp_sockets',
    from: '2026-01-02T01:59:00.000Z',
    to: '2026-01-02T02:00:00.000Z',
  });
});
