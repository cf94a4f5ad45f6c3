import type { JournalPlace, JournalTable } from '../model/storage.ts';
import { usedBytes, type Schema } from './database-file.ts';
import { transaction, type Database } from './sqlite.ts';

/** One entry, its value as JSON; null: to be deleted. */
export interface StoredChange {
  readonly table: JournalTable;
  readonly key: string;
  readonly at: number;
  readonly json: string | null;
}

export interface StoredEntry {
  readonly table: JournalTable;
  readonly key: string;
  readonly at: number;
  readonly json: string;
}

const MIGRATIONS = [
  `CREATE TABLE entry (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     at INTEGER NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (kind, key)
   );
   CREATE INDEX entry_at ON entry (kind, at);`,
];

/** What is forgotten with time; the larger first where there is too much of it. All else lasts until it is deleted. */
const FORGOTTEN = ['evidence', 'events', 'resolved'] as const satisfies readonly JournalTable[];
/** Of them, so many are deleted at a time where there is too much. */
const FORGOTTEN_AT_ONCE = 20;

/** alerts.db. Every method throws where the file cannot be read or written. */
export class JournalFile {
  readonly database: Database;
  readonly #put;
  readonly #delete;
  readonly #list;
  readonly #get;
  readonly #forget;
  readonly #forgetOldest;
  #isDurable = false;

  constructor(database: Database) {
    const columns = 'kind AS "table", key, at, value AS json';
    this.database = database;
    this.#put = database.prepare(
      `INSERT INTO entry (kind, key, at, value) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at, value = excluded.value`,
    );
    this.#delete = database.prepare('DELETE FROM entry WHERE kind = ? AND key = ?');
    // A value that the disk has spoilt is passed over: the others are good.
    this.#list = database.prepare(
      `SELECT ${columns} FROM entry WHERE kind = ? AND (at, key) < (?, ?) AND json_valid(value)
       ORDER BY at DESC, key DESC LIMIT ?`,
    );
    this.#get = database.prepare(
      `SELECT ${columns} FROM entry WHERE kind = ? AND key = ? AND json_valid(value)`,
    );
    this.#forget = database.prepare('DELETE FROM entry WHERE kind = ? AND at < ?');
    this.#forgetOldest = database.prepare(
      'DELETE FROM entry WHERE rowid IN (SELECT rowid FROM entry WHERE kind = ? ORDER BY at LIMIT ?)',
    );
  }

  /** All or none. `durable`: after it returns a loss of power does not undo it, nor anything written before. */
  write(changes: readonly StoredChange[], durable: boolean): void {
    if (durable !== this.#isDurable) {
      this.database.exec(`PRAGMA synchronous=${durable ? 'FULL' : 'NORMAL'}`);
      this.#isDurable = durable;
    }
    transaction(this.database, () => {
      for (const { table, key, at, json } of changes) {
        if (json === null) this.#delete.run(table, key);
        else this.#put.run(table, key, at, json);
      }
    });
  }

  list(table: JournalTable, limit: number, before: JournalPlace): StoredEntry[] {
    return this.#list.all(table, before.at, before.key, limit) as StoredEntry[];
  }

  get(table: JournalTable, key: string): StoredEntry | null {
    return (this.#get.get(table, key) as StoredEntry | undefined) ?? null;
  }

  forgetBefore(at: number): void {
    for (const table of FORGOTTEN) this.#forget.run(table, at);
  }

  /** Where it holds more than so many bytes: some of what may be forgotten, the oldest first. */
  forgetBeyond(maxBytes: number): void {
    if (usedBytes(this.database) <= maxBytes) return;
    for (const table of FORGOTTEN) {
      if (Number(this.#forgetOldest.run(table, FORGOTTEN_AT_ONCE).changes) > 0) return;
    }
  }
}

export const journalSchema: Schema<JournalFile> = {
  migrations: MIGRATIONS,
  check: 'integrity_check',
  prepare: (database) => new JournalFile(database),
};
