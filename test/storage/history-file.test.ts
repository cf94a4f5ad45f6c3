import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HistoryFile } from '../../server/storage/history-file.ts';
import { queryHistory } from '../../server/storage/history-query.ts';
import { usedBytes } from '../../server/storage/database-file.ts';
import { tiersFor } from '../../server/storage/tiers.ts';
import { DAY, newHistory, points, range, record, RETENTION_SECONDS, START } from './given.ts';

const HOUR = 3600;
const YEAR = 365 * DAY;

describe('the history', () => {
  test('answers what was recorded, second by second', async () => {
    const history = await newHistory();
    record(history, range(0, 30));
    const { rows, stepSeconds, oldest } = points(history, 0, 60);
    expect(stepSeconds).toBe(1);
    expect(oldest).toBe(START);
    expect(rows).toEqual(range(0, 30).map((second) => [second, second, second, second]));
  });

  test('rolled up keeps the least, the mean and the greatest of each step, at every resolution', async () => {
    const history = await newHistory();
    const spike = (second: number) => ({ x: second === 777 ? 9999 : second % 7 });
    record(history, range(0, 2 * HOUR), spike);
    for (const step of [10, 60, 900, 1800]) {
      const { rows, stepSeconds } = points(history, 0, 2 * HOUR, step);
      expect(stepSeconds).toBe(step);
      expect(rows).toEqual(
        range(0, 2 * HOUR, step).map((begin) => {
          const values = range(begin, begin + step).map((second) => spike(second).x);
          const mean = values.reduce((a, b) => a + b, 0) / step;
          return [begin, Math.min(...values), mean, Math.max(...values)];
        }),
      );
    }
  });

  test('leaves a gap where nothing was recorded, and tells a series that is absent from one that is 0', async () => {
    const history = await newHistory();
    record(history, [...range(0, 100), ...range(400, 500)], (second) =>
      second < 450 ? { x: 0, y: 1 } : { y: 1 },
    );
    const at = points(history, 0, 500, 10).rows.map(([second]) => second);
    expect(at).toEqual([...range(0, 100, 10), ...range(400, 450, 10)]);
    expect(points(history, 0, 500, 10, 'y').rows).toHaveLength(20);
  });

  test('adds samples of the same second together', async () => {
    const history = await newHistory();
    for (const x of [1, 5, 3]) record(history, [7], () => ({ x }));
    expect(points(history, 0, 10).rows).toEqual([[7, 1, 3, 5]]);
  });

  test('opened again goes on where it was, and has the step that it was in whole', async () => {
    const history = await newHistory();
    record(history, range(0, 95));
    const again = new HistoryFile(history.database, tiersFor(RETENTION_SECONDS));
    record(again, range(95, 200));
    expect(points(again, 0, 180, 60).rows).toEqual([
      [0, 0, 29.5, 59],
      [60, 60, 89.5, 119],
      [120, 120, 149.5, 179],
    ]);
  });

  test('keeps each resolution for its time, and coarser ones longer', async () => {
    const history = await newHistory(DAY);
    // A sample every ten seconds, so that a run over more than a day is short.
    record(history, range(0, 1.5 * DAY, 10));
    const [seconds, tens, minutes, quarters] = history.tiers.map((tier) => history.extentOf(tier)!);
    expect(START + 1.5 * DAY - tens!.oldest).toBeLessThan(DAY + 1300);
    expect(START + 1.5 * DAY - minutes!.oldest).toBeLessThan(DAY + 1300);
    expect(quarters!.oldest).toBe(START);
    // It ages by the steps there are: of one in ten seconds the hour of seconds has ten hours.
    expect(START + 1.5 * DAY - seconds!.oldest).toBeLessThan(11 * HOUR);
    expect(points(history, 0, DAY).stepSeconds).toBe(900);
  }, 60_000);

  test('stays under its size, the oldest goes first, and the file shrinks', async () => {
    const history = await newHistory();
    const many = (second: number) =>
      Object.fromEntries(range(0, 500).map((n) => [`x${n}`, Math.abs(Math.sin(second * 31 + n))]));
    record(history, range(0, 900), many);
    const before = usedBytes(history.database);
    record(history, range(900, 3000, 5), many, before / 2);
    expect(usedBytes(history.database)).toBeLessThan(before);
    expect(history.extentOf(history.tiers[0]!)!.oldest).toBeGreaterThan(START);
    expect(points(history, 2000, 3000, 0, 'x1').rows.length).toBeGreaterThan(0);
  }, 60_000);
});

describe('a wall clock that jumps', () => {
  test.each([
    ['an hour ahead', HOUR],
    ['a year ahead', YEAR],
  ])('%s and back again loses nothing that was recorded', async (_, jump) => {
    const history = await newHistory();
    record(history, range(0, 600));
    record(history, range(600 + jump, 900 + jump));
    record(history, range(900, 1200));
    expect(points(history, 0, 600).rows).toHaveLength(600);
    expect(points(history, 900, 1200).rows).toHaveLength(300);
    expect(points(history, jump, jump + 1200).rows.length).toBeGreaterThan(0);
    const [minute] = points(history, 900, 960, 60).rows;
    expect(minute).toEqual([900, 900, 929.5, 959]);
  });

  test.each([
    ['an hour back', -HOUR],
    ['a year back', -YEAR],
  ])('%s keeps both what was and what is', async (_, jump) => {
    const history = await newHistory();
    record(history, range(0, 600));
    record(history, range(600 + jump, 1200 + jump));
    expect(points(history, 0, 600).rows).toHaveLength(600);
    expect(points(history, 600 + jump, 1200 + jump, 60).rows).toHaveLength(10);
  });

  test('onto seconds that it has shown already adds to them, at every resolution', async () => {
    const history = await newHistory();
    record(history, range(0, 1800), () => ({ x: 1 }));
    record(history, range(0, 60), () => ({ x: 3 }));
    for (const step of [1, 10, 60]) {
      expect(points(history, 0, 60, step).rows).toEqual(range(0, 60, step).map((at) => [at, 1, 2, 3]));
    }
  });

  test('anywhere leaves a history that answers any question within its bounds', async () => {
    const history = await newHistory();
    const jumps = fc.array(fc.tuple(fc.integer({ min: -YEAR, max: YEAR }), fc.nat(100)), { maxLength: 6 });
    fc.assert(
      fc.property(jumps, fc.integer(), fc.integer(), fc.nat(100_000), (all, from, to, step) => {
        for (const [begin, length] of all) record(history, range(begin, begin + length));
        const query = { series: ['*'], from: from * 1000, to: to * 1000, stepSeconds: step };
        const answer = queryHistory(history, query);
        expect(answer.points).toBeLessThanOrEqual(4000);
        for (const { min } of answer.series) expect(min).toHaveLength(answer.points);
        if (answer.points > 0) expect(answer.stepSeconds).toBeGreaterThanOrEqual(step);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe('series', () => {
  test('are selected by name, by name and labels, and by a beginning', async () => {
    const history = await newHistory();
    const names = ['a', 'a{s="1"}', 'a{s="2"}', 'ab', 'b{s="1"}'];
    record(history, [0], () => Object.fromEntries(names.map((name) => [name, 1])));
    const selected = (...series: string[]) => history.series.select(series).map(({ name }) => name);
    expect(selected('a')).toEqual(['a', 'a{s="1"}', 'a{s="2"}']);
    expect(selected('a{s="2"}')).toEqual(['a{s="2"}']);
    expect(selected('a*')).toEqual(['a', 'ab', 'a{s="1"}', 'a{s="2"}']);
    expect(selected('b', 'ab', 'nothing')).toEqual(['ab', 'b{s="1"}']);
  });

  test('beyond 200 are cut off, and the answer says so', async () => {
    const history = await newHistory();
    record(history, [0], () => Object.fromEntries(range(0, 300).map((n) => [`x${n}`, n])));
    const query = { series: ['*'], from: START * 1000, to: (START + 1) * 1000, stepSeconds: 0 };
    const { series, truncated } = queryHistory(history, query);
    expect(series).toHaveLength(200);
    expect(truncated).toBe(true);
  });

  test('that come and go without end are bounded, and those that stay are kept', async () => {
    const history = await newHistory();
    record(history, range(0, 6000, 10), (second) => ({
      x: second,
      ...Object.fromEntries(range(0, 10).map((n) => [`peer{n="${second}-${n}"}`, 1])),
    }));
    expect(history.names().length).toBeLessThanOrEqual(4096);
    expect(points(history, 0, 6000, 60).rows).toHaveLength(100);
  }, 60_000);
});
