import { MAX_POINTS, MAX_SERIES, MAX_VALUES, type HistoryQuery } from '../model/storage.ts';
import type { Extent, HistoryFile } from './history-file.ts';
import { decodeStats, SLOTS } from './step-codec.ts';
import { stepOf, type Tier } from './tiers.ts';

/** Rows that one query reads, more or less; beyond it a coarser tier answers. */
const MAX_ROWS = 12_000;

/** Columns of one series, NaN where there is no sample. */
export interface Columns {
  readonly name: string;
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
}

/** A HistoryAnswer, in seconds, as it crosses from thread to thread. */
export interface StoredAnswer {
  readonly stepSeconds: number;
  readonly oldest: number | null;
  readonly first: number;
  readonly points: number;
  readonly series: readonly Columns[];
  readonly truncated: boolean;
}

/** Answers a query from the tier that suits its range and step; what that tier has not yet comes from finer ones. */
export function queryHistory(file: HistoryFile, query: HistoryQuery): StoredAnswer {
  const selected = file.series.select(query.series);
  const chosen = selected.slice(0, MAX_SERIES);
  const truncated = selected.length > chosen.length;
  const stored = storedExtent(file);
  const from = Math.max(Math.floor(query.from / 1000), stored?.oldest ?? Infinity);
  const to = Math.min(Math.ceil(query.to / 1000), (stored?.newest ?? -Infinity) + 1);
  const oldest = stored?.oldest ?? null;
  if (!(from < to) || chosen.length === 0) {
    return {
      stepSeconds: Math.max(1, query.stepSeconds),
      oldest,
      first: 0,
      points: 0,
      series: [],
      truncated,
    };
  }

  const shards = new Map<number, Map<number, number>>();
  for (const [index, { id }] of chosen.entries()) {
    const shard = Math.floor(id / SLOTS);
    shards.set(shard, (shards.get(shard) ?? new Map<number, number>()).set(id % SLOTS, index));
  }
  // A range need not begin with a step: that takes one more.
  const most = Math.min(MAX_POINTS, Math.floor(MAX_VALUES / chosen.length)) - 1;
  const wanted = Math.max(query.stepSeconds, (to - from) / most);
  const tier = tierFor(file, from, to, wanted, shards.size);
  const { stepSeconds: unit } = file.tiers[tier]!;
  const stepSeconds = unit * Math.ceil(wanted / unit);
  const first = stepOf(from, stepSeconds);
  const points = Math.ceil((to - first) / stepSeconds);
  const sums = chosen.map(({ name }) => new Sums(name, points));

  for (const [shard, slots] of shards) {
    const indices = new Int32Array(SLOTS).fill(-1);
    for (const [slot, index] of slots) indices[slot] = index;
    const lastSlot = Math.max(...slots.keys());
    for (let index = tier; index >= 0; index--) {
      const begin = index === tier ? first : Math.max(first, file.rolledUntil(index + 1));
      const end = Math.min(to, file.rolledUntil(index));
      if (begin >= end) continue;
      for (const { at, stats } of file.rows(file.tiers[index]!.stepSeconds, shard, begin, end)) {
        const point = Math.floor((at - first) / stepSeconds);
        decodeStats(
          stats,
          (slot, count, min, max, sum) => {
            if (indices[slot]! >= 0) sums[indices[slot]!]!.add(point, count, min, max, sum);
          },
          lastSlot,
        );
      }
    }
  }
  const series = sums.map((each) => each.columns());
  return { stepSeconds, oldest, first, points, series, truncated };
}

class Sums {
  readonly #name: string;
  readonly #count: Float64Array;
  readonly #sum: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;

  constructor(name: string, points: number) {
    this.#name = name;
    this.#count = new Float64Array(points);
    this.#sum = new Float64Array(points);
    this.#min = new Float64Array(points).fill(NaN);
    this.#max = new Float64Array(points).fill(NaN);
  }

  add(point: number, count: number, min: number, max: number, sum: number): void {
    this.#count[point]! += count;
    this.#sum[point]! += sum;
    if (!(this.#min[point]! <= min)) this.#min[point] = min;
    if (!(this.#max[point]! >= max)) this.#max[point] = max;
  }

  columns(): Columns {
    const mean = this.#sum.map((sum, point) => sum / this.#count[point]!);
    return { name: this.#name, min: this.#min, mean, max: this.#max };
  }
}

/** From the first moment that is known to the last; a coarse step that a finer one tells more of begins where that does. */
function storedExtent(file: HistoryFile): Extent | null {
  let oldest = -Infinity;
  let newest = -Infinity;
  let end = Infinity;
  for (const tier of file.tiers.toReversed()) {
    const here = file.extentOf(tier);
    if (!here) continue;
    newest = Math.max(newest, here.newest);
    if (here.oldest >= end) continue;
    oldest = Math.max(oldest, here.oldest);
    end = here.oldest + tier.stepSeconds;
  }
  return newest === -Infinity ? null : { oldest, newest };
}

/**
 * Index of the coarsest tier that is fine enough, among those that reach back to `from`; a coarser one where that would be
 * too many rows to read.
 */
function tierFor(file: HistoryFile, from: number, to: number, wanted: number, shards: number): number {
  const rowsOf = ({ stepSeconds, keepSeconds }: Tier) =>
    (Math.min(to - from, keepSeconds) / stepSeconds) * shards;
  let chosen = -1;
  for (const [index, tier] of file.tiers.entries()) {
    const extent = file.extentOf(tier);
    if (!extent || extent.oldest > from + tier.stepSeconds) continue;
    const finer = file.tiers[chosen];
    if (!finer || tier.stepSeconds <= wanted || rowsOf(finer) > MAX_ROWS) chosen = index;
  }
  return Math.max(0, chosen);
}
