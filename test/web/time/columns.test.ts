import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistoryApiAnswer } from '../../../server/model/api.ts';
import { STATES } from '../../../server/model/state.ts';
import type { History } from '../../../web/stream.ts';
import {
  bridged,
  columnsOf,
  columnsOfLive,
  extended,
  extremesOf,
  gapsOf,
  PULSE,
  statesOf,
  withoutZeros,
  type Columns,
} from '../../../web/time/columns.ts';

/** 2026-01-02, a whole number of days. */
const START = Date.UTC(2026, 0, 2);
const UNTIL = START + 60_000;
const seconds = (...numbers: number[]) => numbers.map((second) => START + second * 1000);
const line = (...values: (number | null)[]) => ({ mean: values, min: values, max: values });

function answer(
  from: number,
  values: (number | null)[],
  over: Partial<HistoryApiAnswer> = {},
): HistoryApiAnswer {
  return {
    from: '',
    to: '',
    stepSeconds: 1,
    oldest: new Date(START).toISOString(),
    at: values.map((_, i) => START + (from + i) * 1000),
    series: [
      { name: 'x', ...line(...values) },
      { name: PULSE, ...line(...values.map((value) => (value === null ? null : 0))) },
    ],
    truncated: false,
    ...over,
  };
}

describe('columns', () => {
  test('are those that were asked for, in that order; what the history does not have is not known', () => {
    const { at, lines, pulse, oldest } = columnsOf(answer(0, [1, 2]), ['y', 'x'], UNTIL);
    expect(at).toEqual(seconds(0, 1));
    expect(lines.map(({ mean }) => mean)).toEqual([
      [null, null],
      [1, 2],
    ]);
    expect(pulse).toEqual([0, 0]);
    expect(oldest).toBe(START);
  });

  test('go on with a newer answer, which is right about what both have', () => {
    const before = columnsOf(answer(0, [1, 2, 3]), ['x'], UNTIL);
    const after = extended(before, columnsOf(answer(2, [4, 5]), ['x'], UNTIL), START + 1000);
    expect(after?.at).toEqual(seconds(0, 1, 2, 3));
    expect(after?.lines[0]?.mean).toEqual([1, 2, 4, 5]);
    expect(after?.pulse).toHaveLength(4);
  });

  test('forget what is before the range, but for the step that the line comes from', () => {
    const before = columnsOf(answer(0, [1, 2, 3, 4]), ['x'], UNTIL);
    expect(extended(before, columnsOf(answer(4, [5]), ['x'], UNTIL), START + 3000)?.at).toEqual(
      seconds(2, 3, 4),
    );
  });

  test('that do not fit together are asked for anew', () => {
    const before = columnsOf(answer(0, [1, 2, 3]), ['x'], UNTIL);
    expect(extended(before, columnsOf(answer(5, [5]), ['x'], UNTIL), START)).toBeNull();
    expect(extended(before, columnsOf(answer(3, [5], { stepSeconds: 10 }), ['x'], UNTIL), START)).toBeNull();
    expect(extended(before, columnsOf(answer(0, [], { at: [] }), ['x'], UNTIL), START)).toEqual(before);
  });

  test('asked for piece by piece are what is asked for at once', () => {
    const values = fc.array(fc.option(fc.nat(9)), { minLength: 4, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 }), (all, pieces) => {
        const whole = columnsOf(answer(0, all), ['x'], UNTIL);
        let known = 3;
        let columns: Columns = columnsOf(answer(0, all.slice(0, known)), ['x'], UNTIL);
        for (const piece of pieces) {
          const from = Math.max(0, known - 3);
          known = Math.min(all.length, known + piece);
          columns = extended(columns, columnsOf(answer(from, all.slice(from, known)), ['x'], UNTIL), START)!;
        }
        expect(columns.lines[0]!.mean).toEqual(whole.lines[0]!.mean.slice(0, known));
        expect(columns.at).toEqual(whole.at.slice(0, known));
      }),
    );
  });
});

describe('what the page is told live', () => {
  const live = (at: number[], counts: (number | null)[]): History => ({
    at: seconds(...at).map((ms) => ms / 1000),
    byState: Object.fromEntries(STATES.map((state) => [state, counts])) as unknown as History['byState'],
  });
  const range = { from: START, to: START + 10_000 };

  test('is columns too, in steps with the least, the mean and the most', () => {
    const history = live([0, 1, 2, 3, 4, 5], [1, 3, 5, null, null, null]);
    const { at, lines, pulse, oldest } = columnsOfLive(history, ['ESTABLISHED'], range, 2000);
    expect(at).toEqual(seconds(0, 2, 4));
    expect(lines).toEqual([{ min: [1, 5, null], mean: [2, 5, null], max: [3, 5, null] }]);
    expect(pulse).toEqual([2, 5, null]);
    expect(oldest).toBe(START);
  });

  test('is cut to the range, with one sample before it', () => {
    const history = live([-20, -10, -1, 0.5, 9, 11], [1, 2, 3, 4, 5, 6]);
    expect(columnsOfLive(history, ['CLOSE_WAIT'], range, 1000).lines[0]!.mean).toEqual([3, 4, 5]);
  });

  test('has the counts per state, and nothing else', () => {
    expect(statesOf(['tcp_sockets{state="close_wait"}', 'tcp_sockets{state="fin_wait1"}'])).toEqual([
      'CLOSE_WAIT',
      'FIN_WAIT1',
    ]);
    expect(statesOf(['tcp_sockets{state="close_wait"}', 'tcp_orphans'])).toBeNull();
  });
});

describe('a gap', () => {
  const columns = (at: number[], pulse: (number | null)[], over: Partial<Columns> = {}): Columns => ({
    at: seconds(...at),
    stepMs: 1000,
    lines: [],
    pulse,
    oldest: START,
    until: UNTIL,
    ...over,
  });
  const gaps = (given: Columns, from: number, to: number) =>
    gapsOf(given, { from: START + from * 1000, to: START + to * 1000 }).map((gap) => [
      (gap.from - START) / 1000,
      (gap.to - START) / 1000,
    ]);

  test('is where no pass was for three times as long as usual', () => {
    const at = [0, 1, 2, 3, 9, 10, 12];
    expect(gaps(columns(at, at), 0, 12)).toEqual([[4, 9]]);
    expect(gaps(columns([0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 1, null, null, null, null, 1]), 0, 8)).toEqual([
      [3, 7],
    ]);
  });

  test('is none where passes are rare by plan', () => {
    const at = [0, 10, 20, 30, 45, 55];
    expect(gaps(columns(at, at), 0, 60)).toEqual([]);
  });

  test('goes to the edges of the range, not beyond what is kept, and not to now while the next pass may come', () => {
    const at = [20, 21, 22, 23];
    expect(gaps(columns(at, at), 0, 40)).toEqual([
      [0, 20],
      [24, 40],
    ]);
    expect(gaps(columns(at, at, { oldest: START + 20_000 }), 0, 25)).toEqual([]);
    expect(gaps(columns([], [], { oldest: null }), 0, 40)).toEqual([]);
    expect(gaps(columns(at, at, { until: START + 25_000 }), 20, 40)).toEqual([]);
    expect(gaps(columns([], [], { oldest: START - 5000 }), 0, 40)).toEqual([[0, 40]]);
  });
});

describe('a line', () => {
  test('goes on over steps without a sample, and breaks in a gap', () => {
    const at = seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
    const values = at.map((_, i) => (i % 2 === 0 && (i < 5 || i > 12) ? i : null));
    const drawn = bridged(at, values, 1000);
    expect(drawn.slice(0, 5)).toEqual([0, undefined, 2, undefined, 4]);
    expect(drawn[8]).toBeNull();
    expect(drawn.slice(14)).toEqual([14, undefined, 16, null]);
  });

  test('leaves zero and comes back to it, and is not drawn along it', () => {
    expect(withoutZeros([0, 0, 0, 3, 0, 0])).toEqual([null, null, 0, 3, 0, null]);
    expect(withoutZeros([2, null, 0, 0])).toEqual([2, null, null, null]);
    expect(withoutZeros([2, undefined, 0, undefined, 0])).toEqual([2, undefined, 0, undefined, null]);
  });

  test('has its least, its most and its last within the range', () => {
    const given = { mean: [50, 2, 3, null], min: [50, 1, 3, null], max: [50, 2, 9, null] };
    const range = { from: START + 1000, to: START + 3000 };
    expect(extremesOf(seconds(0, 1, 2, 3), given, range)).toEqual({ min: 1, max: 9, last: 3 });
    expect(extremesOf([], line(), range)).toEqual({ min: null, max: null, last: null });
  });
});
