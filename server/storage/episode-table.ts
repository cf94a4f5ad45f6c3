import { MAX_OPEN_EPISODES, type EpisodeQuery } from '../model/storage.ts';
import type { Database } from './sqlite.ts';

/** Findings are JSON: nothing is asked of what is in them. Of an episode that stands, `ends_at` is OPEN. */
export const EPISODE_MIGRATION = `
  CREATE TABLE episode (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    worst TEXT NOT NULL
  );
  CREATE INDEX episode_end ON episode (ends_at);
  CREATE TABLE form (
    episode TEXT NOT NULL,
    at INTEGER NOT NULL,
    finding TEXT NOT NULL,
    PRIMARY KEY (episode, at)
  ) WITHOUT ROWID;
  CREATE TABLE episodes_since (at INTEGER NOT NULL);`;

const OPEN = Number.MAX_SAFE_INTEGER;
/** The first to end go where there are more; about a kilobyte for each of their forms, and most have a few. */
const MAX_EPISODES = 5000;
/** As many stand at one moment: more than an Observation has findings. */
const MAX_STANDING = 500;

/** An Episode as it crosses from thread to thread. */
export interface StoredEpisode {
  readonly id: string;
  readonly fingerprint: string;
  readonly startsAt: number;
  readonly seenAt: number;
  readonly endsAt: number | null;
  readonly worst: string;
}

export interface StoredEpisodeChange {
  readonly episode: StoredEpisode;
  readonly forms: readonly { readonly at: number; readonly finding: string }[];
}

export interface StoredEpisodes {
  readonly since: number | null;
  readonly episodes: StoredEpisode[];
  readonly truncated: boolean;
}

export interface StoredFindingsAt {
  readonly since: number | null;
  /** `formAt` and `finding` are null where no form is left. */
  readonly standing: (StoredEpisode & { readonly formAt: number | null; readonly finding: string | null })[];
}

type Row<T> = T & { readonly endsAt: number };

/** Episodes of findings, in history.db. */
export class EpisodeTable {
  readonly #put;
  readonly #putForm;
  readonly #begin;
  readonly #since;
  readonly #setSince;
  readonly #open;
  readonly #between;
  readonly #at;
  readonly #endExcess;
  readonly #count;
  readonly #nthToEnd;
  readonly #forget;
  readonly #forgetForms;

  constructor(database: Database) {
    const columns =
      'id, fingerprint, starts_at AS startsAt, seen_at AS seenAt, ends_at AS endsAt, worst AS worst';
    this.#put = database.prepare(
      `INSERT INTO episode (id, fingerprint, starts_at, seen_at, ends_at, worst) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, ends_at = excluded.ends_at, worst = excluded.worst`,
    );
    this.#putForm = database.prepare('INSERT OR REPLACE INTO form (episode, at, finding) VALUES (?, ?, ?)');
    this.#begin = database.prepare(
      'INSERT INTO episodes_since (at) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM episodes_since)',
    );
    this.#since = database.prepare('SELECT max(at) AS at FROM episodes_since');
    this.#setSince = database.prepare('UPDATE episodes_since SET at = max(at, ?)');
    // What the disk has spoilt is passed over: the others are good.
    this.#open = database.prepare(
      `SELECT ${columns} FROM episode WHERE ends_at = ${OPEN} AND json_valid(worst)
       ORDER BY seen_at DESC LIMIT ${MAX_OPEN_EPISODES}`,
    );
    this.#between = database.prepare(
      `SELECT ${columns} FROM episode
       WHERE starts_at < ?2 AND ends_at >= ?1 AND (?3 IS NULL OR fingerprint = ?3) AND json_valid(worst)
       ORDER BY starts_at DESC, id DESC LIMIT ?4`,
    );
    this.#at = database.prepare(
      `SELECT ${columns}, form.at AS formAt, form.finding AS finding
       FROM episode LEFT JOIN form ON form.episode = id AND json_valid(form.finding) AND form.at = coalesce(
         (SELECT max(at) FROM form WHERE episode = id AND at <= ?1),
         (SELECT min(at) FROM form WHERE episode = id))
       WHERE starts_at <= ?1 AND ends_at > ?1 AND json_valid(worst)
       ORDER BY starts_at LIMIT ${MAX_STANDING}`,
    );
    this.#endExcess = database.prepare(
      `UPDATE episode SET ends_at = max(seen_at, starts_at) WHERE id IN (
         SELECT id FROM episode WHERE ends_at = ${OPEN}
         ORDER BY json_valid(worst) DESC, seen_at DESC LIMIT -1 OFFSET ${MAX_OPEN_EPISODES})`,
    );
    this.#count = database.prepare(`SELECT count(*) AS count FROM episode WHERE ends_at < ${OPEN}`);
    this.#nthToEnd = database.prepare('SELECT ends_at AS at FROM episode ORDER BY ends_at LIMIT 1 OFFSET ?');
    this.#forget = database.prepare('DELETE FROM episode WHERE ends_at < ?');
    this.#forgetForms = database.prepare(
      'DELETE FROM form WHERE episode IN (SELECT id FROM episode WHERE ends_at < ?)',
    );
  }

  /** In a transaction. `at`: when this is so; the first time is where the memory of episodes begins. */
  write(changes: readonly StoredEpisodeChange[], at: number): void {
    this.#begin.run(Math.min(at, ...changes.map(({ episode }) => episode.startsAt)));
    for (const { episode, forms } of changes) {
      const { id, fingerprint, startsAt, seenAt, endsAt, worst } = episode;
      this.#put.run(id, fingerprint, startsAt, seenAt, endsAt ?? OPEN, worst);
      for (const form of forms) this.#putForm.run(id, form.at, form.finding);
    }
  }

  open(): StoredEpisode[] {
    return withNulls(this.#open.all() as Row<StoredEpisode>[]);
  }

  between({ from, to, limit, fingerprint }: EpisodeQuery): StoredEpisodes {
    const rows = this.#between.all(from, to, fingerprint, limit + 1) as Row<StoredEpisode>[];
    const episodes = withNulls(rows.slice(0, limit));
    return { since: this.since(), episodes, truncated: rows.length > limit };
  }

  at(moment: number): StoredFindingsAt {
    const rows = this.#at.all(moment) as Row<StoredFindingsAt['standing'][number]>[];
    return { since: this.since(), standing: withNulls(rows) };
  }

  /** Of what was before, not everything is known; milliseconds since 1970, null where nothing was ever written. */
  since(): number | null {
    return (this.#since.get() as { at: number | null }).at;
  }

  /**
   * In a transaction: those that ended before, and the first to end where there are too many. What stands and is not among
   * those that `open` tells of would stand for ever: nobody is left who would write its end.
   */
  forget(before: number): void {
    this.#endExcess.run();
    const { count } = this.#count.get() as { count: number };
    const excess = count - MAX_EPISODES;
    const last = excess > 0 ? (this.#nthToEnd.get(excess) as { at: number } | undefined) : undefined;
    const end = Math.min(Math.max(before, last?.at ?? -Infinity), OPEN);
    if (end === -Infinity) return;
    this.#forgetForms.run(end);
    if (Number(this.#forget.run(end).changes) > 0) this.#setSince.run(end);
  }
}

function withNulls<T extends { readonly endsAt: number | null }>(rows: readonly Row<T>[]): T[] {
  return rows.map((row) => ({ ...row, endsAt: row.endsAt === OPEN ? null : row.endsAt }));
}
