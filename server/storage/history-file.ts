import type { Sample, SeriesName } from '../model/storage.ts';
import { pragma, shrink, usedBytes, type Schema } from './database-file.ts';
import { EPISODE_MIGRATION, EpisodeTable, type StoredEpisodeChange } from './episode-table.ts';
import { SeriesTable } from './series-table.ts';
import { transaction, type Database } from './sqlite.ts';
import { addStat, decodeStats, encodeStats, SLOTS, type Stats } from './step-codec.ts';
import { MINUTES, stepOf, type Tier } from './tiers.ts';

const MIGRATIONS = [
  // A tier goes by the seconds of its steps, a step by the second that it begins with. The values of the series with the ids
  // shard × SLOTS … + SLOTS − 1 are in one row: a chart of few series reads few bytes, and a sample is few writes.
  `CREATE TABLE series (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL UNIQUE,
     last_seen INTEGER NOT NULL
   );
   CREATE TABLE tier (tier INTEGER PRIMARY KEY, rolled_until INTEGER NOT NULL);
   CREATE TABLE step (tier INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (tier, at)) WITHOUT ROWID;
   CREATE TABLE point (
     tier INTEGER NOT NULL,
     shard INTEGER NOT NULL,
     at INTEGER NOT NULL,
     stats BLOB NOT NULL,
     PRIMARY KEY (tier, shard, at)
   ) WITHOUT ROWID;`,
  EPISODE_MIGRATION,
];

/** Of one sample; what is beyond is left out. */
const MAX_VALUES_OF_SAMPLE = 2048;
/** A clock must have been right for so long, by what was recorded since, before anything is too old by it. */
const TRUST_AFTER_SECONDS = 86_400;
/** Samples from one look at what is to be deleted to the next. */
const PRUNE_EVERY = 60;
/** Steps of a tier that are deleted at a time: whoever lowers the retention does not wait for it. */
const PRUNE_STEPS = 2000;
/** Where there is too much, slices of the whole time go, each so small a part of it, and so many at a time. */
const SLICES = 50;
const SLICES_AT_ONCE = 10;
/** Free pages that are left in the file for what comes next, and how many are given back at a time. */
const SPARE_PAGES = 256;
const SHRINK_PAGES = 512;

export interface Extent {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * history.db: samples by the second, rolled up to coarser tiers as each step of them is over, and episodes of findings. Every method throws where the
 * file cannot be read or written.
 *
 * The wall clock may jump. A sample of a second that was rolled up before is added to the coarser steps itself; time that
 * was skipped leaves no rows; and what is too old is deleted only when a day has been recorded since.
 */
export class HistoryFile {
  readonly database: Database;
  readonly tiers: readonly Tier[];
  readonly series: SeriesTable;
  readonly episodes: EpisodeTable;
  readonly #rows;
  readonly #row;
  readonly #put;
  readonly #putStep;
  readonly #putRolled;
  readonly #extent;
  readonly #nthNewest;
  readonly #nthOldest;
  readonly #nextShard;
  readonly #deletePoints;
  readonly #deleteSteps;
  /** Of each tier: it has all that there is up to here. The first has everything. */
  #rolledUntil: number[] = [];
  #appended = 0;

  constructor(database: Database, tiers: readonly Tier[]) {
    this.database = database;
    this.tiers = tiers;
    this.series = new SeriesTable(database);
    this.episodes = new EpisodeTable(database);
    this.#rows = database.prepare(
      'SELECT at, stats FROM point WHERE tier = ? AND shard = ? AND at >= ? AND at < ? ORDER BY at',
    );
    this.#row = database.prepare('SELECT stats FROM point WHERE tier = ? AND shard = ? AND at = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO point (tier, shard, at, stats) VALUES (?, ?, ?, ?)');
    this.#putStep = database.prepare('INSERT OR IGNORE INTO step (tier, at) VALUES (?, ?)');
    this.#putRolled = database.prepare('INSERT OR REPLACE INTO tier (tier, rolled_until) VALUES (?, ?)');
    this.#extent = database.prepare(
      `SELECT (SELECT at FROM step WHERE tier = ?1 ORDER BY at LIMIT 1) AS oldest,
              (SELECT at FROM step WHERE tier = ?1 ORDER BY at DESC LIMIT 1) AS newest`,
    );
    this.#nthNewest = database.prepare(
      'SELECT at FROM step WHERE tier = ? ORDER BY at DESC LIMIT 1 OFFSET ?',
    );
    this.#nthOldest = database.prepare('SELECT at FROM step WHERE tier = ? ORDER BY at LIMIT 1 OFFSET ?');
    this.#nextShard = database.prepare('SELECT min(shard) AS shard FROM point WHERE tier = ? AND shard > ?');
    this.#deletePoints = database.prepare(
      'DELETE FROM point WHERE tier = ? AND shard = ? AND at >= ? AND at < ?',
    );
    this.#deleteSteps = database.prepare('DELETE FROM step WHERE tier = ? AND at >= ? AND at < ?');
    this.#load();
  }

  #load(): void {
    const rolled = this.database.prepare('SELECT rolled_until AS until FROM tier WHERE tier = ?');
    this.#rolledUntil = this.tiers.map(
      ({ stepSeconds }) => (rolled.get(stepSeconds) as { until: number } | undefined)?.until ?? -Infinity,
    );
    this.#rolledUntil[0] = Infinity;
    this.series.load();
  }

  /** Adds a sample, and whatever has to be rolled up or deleted by then. `now` is the wall clock, in milliseconds. */
  append({ at, values }: Sample, now: number, maxBytes: number): void {
    const second = Math.floor(at / 1000);
    if (values.size === 0 || !Number.isSafeInteger(second)) return;
    try {
      transaction(this.database, () => {
        this.#add(second, values);
        this.#rollUp(second);
      });
      if (this.#appended++ % PRUNE_EVERY === 0) this.#prune(Math.floor(now / 1000), maxBytes);
    } catch (error) {
      // What is remembered of the file is ahead of it now.
      this.#load();
      throw error;
    }
  }

  /** All or none. */
  writeEpisodes(changes: readonly StoredEpisodeChange[], at: number): void {
    transaction(this.database, () => this.episodes.write(changes, at));
  }

  #add(second: number, values: ReadonlyMap<string, number>): void {
    const shards = new Map<number, Stats>();
    let left = MAX_VALUES_OF_SAMPLE;
    for (const [name, value] of values) {
      if (!Number.isFinite(value)) continue;
      if (left-- === 0) break;
      const id = this.series.idOf(name, second);
      const shard = Math.floor(id / SLOTS);
      const stats = shards.get(shard) ?? new Map();
      shards.set(shard, stats.set(id % SLOTS, { count: 1, min: value, max: value, sum: value }));
    }
    for (const [index, { stepSeconds }] of this.tiers.entries()) {
      if (second >= this.#rolledUntil[index]!) break;
      const at = stepOf(second, stepSeconds);
      this.#putStep.run(stepSeconds, at);
      for (const [shard, stats] of shards) this.#merge(stepSeconds, shard, at, stats);
    }
  }

  #merge(stepSeconds: number, shard: number, at: number, stats: Stats): void {
    const before = this.#row.get(stepSeconds, shard, at) as { stats: Uint8Array } | undefined;
    let merged = stats;
    if (before) {
      merged = new Map();
      decodeStats(before.stats, (...stat) => addStat(merged, ...stat));
      for (const [slot, { count, min, max, sum }] of stats) addStat(merged, slot, count, min, max, sum);
    }
    this.#put.run(stepSeconds, shard, at, encodeStats(merged));
  }

  /** Makes the steps that are over at this second, each tier of the one before it. */
  #rollUp(second: number): void {
    for (let index = 1; index < this.tiers.length; index++) {
      const { stepSeconds } = this.tiers[index]!;
      const until = stepOf(second, stepSeconds);
      const from = this.#rolledUntil[index]!;
      if (until <= from) return;
      if (from !== -Infinity) {
        const finer = this.tiers[index - 1]!.stepSeconds;
        for (const shard of this.series.shards()) this.#rollUpShard(finer, stepSeconds, shard, from, until);
        if (index > MINUTES) this.series.saveLastSeen();
      }
      this.#rolledUntil[index] = until;
      this.#putRolled.run(stepSeconds, until);
    }
  }

  #rollUpShard(finer: number, stepSeconds: number, shard: number, from: number, until: number): void {
    const steps = new Map<number, Stats>();
    for (const { at, stats } of this.rows(finer, shard, from, until)) {
      const step = stepOf(at, stepSeconds);
      const rolled = steps.get(step) ?? new Map();
      steps.set(step, rolled);
      decodeStats(stats, (...stat) => addStat(rolled, ...stat));
    }
    for (const [step, rolled] of steps) {
      if (rolled.size === 0) continue;
      this.#putStep.run(stepSeconds, step);
      this.#put.run(stepSeconds, shard, step, encodeStats(rolled));
    }
  }

  /** Rows of a tier, of some series; from and until in seconds. */
  rows(tier: number, shard: number, from: number, until: number) {
    return this.#rows.iterate(tier, shard, from, until) as IterableIterator<{
      at: number;
      stats: Uint8Array;
    }>;
  }

  /** Up to which second the tier with that index is made; what is newer is in the one before it. */
  rolledUntil(index: number): number {
    return this.#rolledUntil[index]!;
  }

  /** The first and the last step of a tier that is there. */
  extentOf({ stepSeconds }: Tier): Extent | null {
    const { oldest, newest } = this.#extent.get(stepSeconds) as { oldest: number | null; newest: number };
    return oldest === null ? null : { oldest, newest };
  }

  names(): SeriesName[] {
    return this.series.names();
  }

  /**
   * What is older, in seconds since 1970, has been kept for the retention: by the clock, after at least a day of recording,
   * so that a clock that is wrong for a while ages nothing. -Infinity where nothing is that old.
   */
  retentionEnd(now: number): number {
    return this.#endOf(this.tiers[MINUTES]!, now);
  }

  #endOf({ stepSeconds, keepSeconds }: Tier, now: number): number {
    const steps = Math.floor(Math.min(keepSeconds, TRUST_AFTER_SECONDS) / stepSeconds);
    const since = (this.#nthNewest.get(stepSeconds, steps) as { at: number } | undefined)?.at ?? -Infinity;
    return Math.min(since, now - keepSeconds);
  }

  #prune(now: number, maxBytes: number): void {
    transaction(this.database, () => {
      for (const tier of this.tiers) {
        const most = this.#nthOldest.get(tier.stepSeconds, PRUNE_STEPS) as { at: number } | undefined;
        this.#delete(tier, -Infinity, Math.min(this.#endOf(tier, now), most?.at ?? Infinity));
      }
      const end = this.#endOf(this.tiers.at(-1)!, now);
      if (end !== -Infinity) this.series.forgetBefore(end);
      this.episodes.forget(end * 1000);
      for (let slice = 0; slice < SLICES_AT_ONCE && usedBytes(this.database) > maxBytes; slice++) {
        this.#deleteFarthest(now);
      }
    });
    if (pragma(this.database, 'freelist_count') > SPARE_PAGES) shrink(this.database, SHRINK_PAGES);
  }

  /** The oldest slice; or, where a clock was far ahead once, the one farthest in the future. */
  #deleteFarthest(now: number): void {
    const extents = this.tiers.flatMap((tier) => this.extentOf(tier) ?? []);
    const oldest = Math.min(...extents.map((extent) => extent.oldest));
    const newest = Math.max(...extents.map((extent) => extent.newest));
    const slice = Math.max(1, Math.ceil((newest - oldest) / SLICES));
    this.episodes.forget((oldest + slice) * 1000);
    for (const tier of this.tiers) {
      if (now - oldest >= newest - now) this.#delete(tier, oldest, oldest + slice);
      else this.#delete(tier, newest - slice, newest + 1);
    }
  }

  #delete({ stepSeconds }: Tier, from: number, until: number): void {
    if (until === -Infinity) return;
    const begin = Math.max(from, Number.MIN_SAFE_INTEGER);
    if (Number(this.#deleteSteps.run(stepSeconds, begin, until).changes) === 0) return;
    for (let shard = -1; ;) {
      const next = (this.#nextShard.get(stepSeconds, shard) as { shard: number | null }).shard;
      if (next === null) return;
      shard = next;
      this.#deletePoints.run(stepSeconds, shard, begin, until);
    }
  }
}

export function historySchema(tiers: readonly Tier[]): Schema<HistoryFile> {
  return {
    migrations: MIGRATIONS,
    check: 'quick_check',
    prepare: (database) => new HistoryFile(database, tiers),
  };
}
