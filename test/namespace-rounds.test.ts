import { expect, test } from 'vitest';
import { NamespaceRounds } from '../server/namespace-rounds.ts';

/** Reads what is due on one turn, each for this much CPU time; gives what was read. */
function turn(rounds: NamespaceRounds, keys: readonly string[], now: number, cpuSeconds: number): string[] {
  const read: string[] = [];
  rounds.begin(keys, now);
  for (let key = rounds.next(now); key !== undefined; key = rounds.next(now)) {
    read.push(key);
    rounds.ended(key, now, cpuSeconds);
  }
  return read;
}

const KEYS = Array.from({ length: 100 }, (_, i) => `n${i}`);

test('what is cheap is read on every turn, and not twice on one', () => {
  const rounds = new NamespaceRounds(1, 0.05);
  for (let now = 0; now < 10; now++) expect(turn(rounds, ['a', 'b'], now, 0.001)).toEqual(['a', 'b']);
  expect(rounds.intervalOf('a')).toBe(1);
});

test('what is not is read as often as the budget allows, all equally often', () => {
  const rounds = new NamespaceRounds(1, 0.05);
  const times = new Map<string, number>();
  let cpuSeconds = 0;
  for (let now = 0; now < 600; now++) {
    for (const key of turn(rounds, KEYS, now, 0.02)) {
      times.set(key, (times.get(key) ?? 0) + 1);
      cpuSeconds += 0.02;
    }
  }
  // 5 % of ten minutes, what may be saved up, and one that goes beyond.
  expect(cpuSeconds).toBeLessThanOrEqual(600 * 0.05 + 0.5 + 0.02);
  expect(cpuSeconds).toBeGreaterThan(600 * 0.05 * 0.95);
  const counts = KEYS.map((key) => times.get(key) ?? 0);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(rounds.intervalOf('n0')).toBeGreaterThan(30);
});

test('a new one comes before all that were read before', () => {
  const rounds = new NamespaceRounds(1, 0.05);
  for (let now = 0; now < 120; now++) turn(rounds, KEYS, now, 0.05);
  // What was overdrawn before is earned by then.
  expect(turn(rounds, [...KEYS, 'new'], 130, 0.05)[0]).toBe('new');
});

test('one that has gone is forgotten, and is new when it comes back', () => {
  const rounds = new NamespaceRounds(1, 1);
  turn(rounds, ['a'], 0, 0);
  turn(rounds, ['a'], 1, 0);
  expect(rounds.intervalOf('a')).toBe(1);
  turn(rounds, [], 2, 0);
  expect(rounds.intervalOf('a')).toBeUndefined();
  expect(turn(rounds, ['a'], 3, 0)).toEqual(['a']);
  expect(rounds.intervalOf('a')).toBeUndefined();
});

test('where listing them costs more than the budget, they are listed more seldom, and read all the same', () => {
  const rounds = new NamespaceRounds(1, 0.05);
  let lists = 0;
  let reads = 0;
  for (let now = 0; now < 600; now++) {
    if (rounds.isListDue(now)) {
      rounds.listed(0.2);
      lists++;
    }
    reads += turn(rounds, ['a', 'b'], now, 0.05).length;
  }
  // Half of 5 % of ten minutes each, and of what may be saved up; and one that goes beyond.
  expect(lists).toBeGreaterThan(70);
  expect(lists * 0.2).toBeLessThanOrEqual(600 * 0.025 + 0.25 + 0.2);
  expect(reads).toBeGreaterThan(280);
  expect(lists * 0.2 + reads * 0.05).toBeLessThanOrEqual(600 * 0.05 + 0.5 + 0.2);
});

test('as long as it fits in, listing is due on every turn', () => {
  const rounds = new NamespaceRounds(1, 0.05);
  for (let now = 0; now < 600; now++) {
    expect(rounds.isListDue(now)).toBe(true);
    rounds.listed(0.02);
  }
});
