import { NO_SAMPLE, type HistoryColumns } from '../model/live.ts';
import { STATES, stateLabel, type State } from '../model/state.ts';
import type { HistoryAnswer } from '../model/storage.ts';
import type { Sink } from '../model/units.ts';

/** An hour at one sample a second: 187 kB. */
const CAPACITY = 3600;
/** Passes may be closer; a chart is not. A little less than a second, since passes are never exactly that far apart. */
const MIN_SPACING_SECONDS = 0.9;
/** A pass later than this many intervals, as the one before planned them, leaves a hole in the chart. */
const HOLE_INTERVALS = 3;
/** A wall clock that was set back further than this makes the old samples incomparable. */
const CLOCK_SLACK_SECONDS = 10;

/** The counts per state of the last hour, in memory. */
export interface History extends Sink {
  /** A copy, oldest first. The wall clock in it rises strictly. */
  columns(): HistoryColumns;
  /** Puts stored counts into a ring that is empty yet: `tcp_sockets` by state, a second each. */
  refill(stored: HistoryAnswer): void;
}

/** A ring of `capacity` samples, at most one a second; at longer intervals it goes back further. */
export function createHistory(capacity = CAPACITY): History {
  const at = new Float64Array(capacity);
  const columns = STATES.map(() => new Uint32Array(capacity));
  let next = 0;
  let count = 0;
  let plannedSeconds = 0;

  function push(seconds: number, countOf: (state: State) => number): void {
    at[next] = seconds;
    for (const [i, state] of STATES.entries()) columns[i]![next] = countOf(state);
    next = (next + 1) % capacity;
    count = Math.min(count + 1, capacity);
  }

  /** Writes a ring to `target`, oldest first. */
  function unroll<T extends Float64Array | Uint32Array>(ring: T, target: T, offset = 0): void {
    const first = count < capacity ? 0 : next;
    target.set(ring.subarray(first, count), offset);
    target.set(ring.subarray(0, first), offset + count - first);
  }

  return {
    name: 'history',
    publish(observation) {
      const seconds = observation.at / 1000;
      const newest = count > 0 ? at[(next + capacity - 1) % capacity]! : -Infinity;
      if (seconds < newest - CLOCK_SLACK_SECONDS) count = next = 0;
      else if (seconds < newest + MIN_SPACING_SECONDS) return;
      const late = seconds - newest > HOLE_INTERVALS * Math.max(plannedSeconds, MIN_SPACING_SECONDS);
      plannedSeconds = observation.intervalSeconds;
      if (count > 0 && (late || observation.gapSeconds !== null)) {
        push(newest + MIN_SPACING_SECONDS / 2, () => NO_SAMPLE);
      }
      // Rows are missing from an incomplete pass: its counts would draw a dip that never was.
      push(seconds, (state) => (observation.complete ? observation.sockets.byState[state] : NO_SAMPLE));
    },
    refill({ at: times, series }) {
      if (count > 0) return;
      const means = STATES.map(
        (state) => series.find(({ name }) => name === `tcp_sockets{state="${stateLabel(state)}"}`)?.mean,
      );
      const known = [...times.keys()].filter((index) => typeof means[0]?.[index] === 'number');
      const distances = known.slice(1).map((index, n) => (times[index]! - times[known[n]!]!) / 1000);
      const usual = distances.toSorted((a, b) => a - b)[distances.length >> 1] ?? 0;
      for (const [n, index] of known.entries()) {
        const seconds = times[index]! / 1000;
        if (n > 0 && distances[n - 1]! > HOLE_INTERVALS * usual) {
          push(seconds - MIN_SPACING_SECONDS / 2, () => NO_SAMPLE);
        }
        push(seconds, (state) => means[STATES.indexOf(state)]?.[index] ?? NO_SAMPLE);
      }
      plannedSeconds = usual;
    },
    columns() {
      const times = new Float64Array(count);
      const counts = new Uint32Array(count * STATES.length);
      unroll(at, times);
      for (const [i, column] of columns.entries()) unroll(column, counts, i * count);
      return { at: times.buffer, byState: counts.buffer };
    },
  };
}
