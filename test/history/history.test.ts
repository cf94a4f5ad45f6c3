import { describe, expect, it } from 'vitest';
import { createHistory, type History } from '../../server/history/index.ts';
import { NO_SAMPLE } from '../../server/model/live.ts';
import type { Observation } from '../../server/model/observation.ts';
import { STATES } from '../../server/model/state.ts';
import { observation } from '../given.ts';
import { counts } from '../api/given.ts';

/** An observation so many seconds after 1970 with so many sockets in CLOSE_WAIT. */
function pass(seconds: number, closeWait: number, over: Partial<Observation> = {}): Observation {
  const { sockets } = observation();
  return observation({
    at: seconds * 1000,
    sockets: { ...sockets, byState: counts({ CLOSE_WAIT: closeWait, ESTABLISHED: 1 }) },
    ...over,
  });
}

function samples(history: History): [number, number][] {
  const { at, byState } = history.columns();
  const times = [...new Float64Array(at)];
  const all = new Uint32Array(byState);
  expect(all).toHaveLength(times.length * STATES.length);
  const column = all.subarray(STATES.indexOf('CLOSE_WAIT') * times.length);
  return times.map((time, i) => [time, column[i]!]);
}

describe('the history', () => {
  it('is empty at first', () => {
    expect(samples(createHistory())).toEqual([]);
  });

  it('keeps the counts of every pass, oldest first, and forgets those beyond its capacity', () => {
    const history = createHistory(3);
    for (let second = 100; second < 108; second++) history.publish(pass(second, second - 100));
    expect(samples(history)).toEqual([
      [105, 5],
      [106, 6],
      [107, 7],
    ]);
  });

  it('keeps at most one sample a second, however short the interval', () => {
    const history = createHistory();
    for (let i = 0; i < 12; i++) history.publish(pass(100 + i / 4, i, { intervalSeconds: 0.25 }));
    expect(samples(history).map(([at]) => at)).toEqual([100, 101, 102]);
  });

  it('has no hole where a pass comes when the one before said that it would', () => {
    const history = createHistory();
    history.publish(pass(100, 1, { intervalSeconds: 40 }));
    history.publish(pass(140, 2, { intervalSeconds: 1 }));
    history.publish(pass(141, 3));
    expect(samples(history).map(([at]) => at)).toEqual([100, 140, 141]);
  });

  it('has a hole where passes are missing', () => {
    const history = createHistory();
    history.publish(pass(100, 1));
    history.publish(pass(110, 2));
    history.publish(pass(112, 3, { gapSeconds: 8 }));
    expect(samples(history)).toEqual([
      [100, 1],
      [100.45, NO_SAMPLE],
      [110, 2],
      [110.45, NO_SAMPLE],
      [112, 3],
    ]);
  });

  it('has no hole for passes that are as far apart as they should be', () => {
    const history = createHistory();
    history.publish(pass(100, 1, { intervalSeconds: 60 }));
    history.publish(pass(161, 2, { intervalSeconds: 60 }));
    expect(samples(history)).toHaveLength(2);
  });

  it('takes no count from a pass that missed rows', () => {
    const history = createHistory();
    history.publish(pass(100, 1, { complete: false }));
    expect(samples(history)).toEqual([[100, NO_SAMPLE]]);
  });

  it('rises strictly in time when the clock is set back, and starts anew when it is set back far', () => {
    const history = createHistory();
    history.publish(pass(100, 1));
    history.publish(pass(95, 2));
    history.publish(pass(101, 3));
    expect(samples(history).map(([at]) => at)).toEqual([100, 101]);
    history.publish(pass(50, 4));
    expect(samples(history)).toEqual([[50, 4]]);
  });

  it('gives out copies', () => {
    const history = createHistory();
    history.publish(pass(100, 1));
    const before = history.columns();
    history.publish(pass(101, 2));
    expect(new Float64Array(before.at)).toEqual(new Float64Array([100]));
  });

  it('goes on after what is stored, with holes where nothing is, and takes nothing stored once it has begun', () => {
    const history = createHistory();
    // One in two seconds, but for a time that nobody saw.
    const closeWait = [1, null, 2, null, 3, null, null, null, null, null, null, null, 4];
    const stored = {
      stepSeconds: 1,
      oldest: 100_000,
      at: closeWait.map((_, index) => 100_000 + index * 1000),
      series: STATES.map((state) => {
        const column = closeWait.map((value) => (state === 'CLOSE_WAIT' || value === null ? value : 0));
        return {
          name: `tcp_sockets{state="${state.toLowerCase()}"}`,
          min: column,
          mean: column,
          max: column,
        };
      }),
      truncated: false,
    };
    history.refill(stored);
    history.publish(pass(114, 5));
    history.refill(stored);
    history.publish(pass(144, 6));
    expect(samples(history)).toEqual([
      [100, 1],
      [102, 2],
      [104, 3],
      [111.55, NO_SAMPLE],
      [112, 4],
      [114, 5],
      [114.45, NO_SAMPLE],
      [144, 6],
    ]);
  });
});
