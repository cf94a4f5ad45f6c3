import type { Trend } from '../model/snapshot.ts';

/** Pairs grow with the square of it; 40 samples are 780 slopes. */
const MAX_SAMPLES = 40;
const MAX_WINDOW_SECONDS = 600;
/** Less is noise. */
const MIN_SAMPLES = 5;
const MIN_WINDOW_SECONDS = 10;

/**
 * The recent course of many counts, by key. At most `capacity` are kept; the one not recorded for longest gives way.
 * Each holds at most 40 samples of the last 10 minutes: when it is full, every other sample goes and the spacing doubles.
 */
export class Trends {
  private readonly series = new Map<string, Series>();
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  record(key: string, monotonicSeconds: number, value: number): Trend | null {
    const series = this.series.get(key) ?? new Series();
    this.series.delete(key);
    this.series.set(key, series);
    if (this.series.size > this.capacity) {
      for (const oldest of this.series.keys()) {
        this.series.delete(oldest);
        break;
      }
    }
    series.add(monotonicSeconds, value);
    return series.trend();
  }

  /** The trend as last recorded; null where none is. */
  last(key: string): Trend | null {
    return this.series.get(key)?.trend() ?? null;
  }
}

class Series {
  private at: number[] = [];
  private values: number[] = [];
  private spacingSeconds = 0;
  private known: Trend | null = null;

  add(at: number, value: number): void {
    const last = this.at.at(-1);
    if (last !== undefined && (at <= last || at - last < this.spacingSeconds)) return;
    let stale = 0;
    while (stale < this.at.length && at - this.at[stale]! > MAX_WINDOW_SECONDS) stale++;
    this.at.splice(0, stale);
    this.values.splice(0, stale);
    if (this.at.length === MAX_SAMPLES) {
      const spanSeconds = this.at[MAX_SAMPLES - 1]! - this.at[0]!;
      this.at = this.at.filter((_, i) => i % 2 === 1);
      this.values = this.values.filter((_, i) => i % 2 === 1);
      // A little less than twice the present spacing: passes do not come on the dot.
      this.spacingSeconds = (1.8 * spanSeconds) / (MAX_SAMPLES - 1);
    }
    this.at.push(at);
    this.values.push(value);
    this.known = slope(this.at, this.values);
  }

  trend(): Trend | null {
    return this.known;
  }
}

function slope(at: readonly number[], values: readonly number[]): Trend | null {
  const samples = at.length;
  const windowSeconds = samples === 0 ? 0 : at[samples - 1]! - at[0]!;
  if (samples < MIN_SAMPLES || windowSeconds < MIN_WINDOW_SECONDS) return null;
  return { ...theilSen(at, values), windowSeconds, samples };
}

const slopes = new Float64Array((MAX_SAMPLES * (MAX_SAMPLES - 1)) / 2);

/** Of the normal distribution, for a confidence of 95 %. */
const Z = 1.96;

type Slope = Pick<Trend, 'perSecond' | 'lowPerSecond' | 'highPerSecond'>;

/**
 * The median of the slopes of all pairs, and the two of them between which the true slope lies.
 * Source: https://doi.org/10.1080/01621459.1968.10480934 (Sen 1968).
 */
function theilSen(at: readonly number[], values: readonly number[]): Slope {
  if (values.every((value) => value === values[0]))
    return { perSecond: 0, lowPerSecond: 0, highPerSecond: 0 };
  const n = at.length;
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes[count++] = (values[j]! - values[i]!) / (at[j]! - at[i]!);
  }
  const sorted = slopes.subarray(0, count).sort();
  const middle = count >> 1;
  // By how many ranks pairs that rise outnumber those that fall where there is no slope: Kendall's S.
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return {
    perSecond: count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    lowPerSecond: sorted[Math.max(0, Math.floor((count - spread) / 2))]!,
    highPerSecond: sorted[Math.min(count - 1, Math.ceil((count + spread) / 2))]!,
  };
}
