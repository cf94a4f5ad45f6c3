import type { DatabaseSync as Sqlite } from '@photostructure/sqlite';

/** The part of node:sqlite that is used here; its twin @photostructure/sqlite has the same. */
export type Database = InstanceType<typeof Sqlite>;
export type OpenDatabase = (path: string) => Database;

/** Node's own SQLite, or where this Node has none the one of the optional dependency; rejects where neither is there. */
export async function loadSqlite(): Promise<OpenDatabase> {
  const { DatabaseSync } = builtIn() ?? (await import('@photostructure/sqlite'));
  return (path) => new DatabaseSync(path);
}

/** Node warns that this module is experimental: of that the user need not hear. */
function builtIn(): { DatabaseSync: typeof Sqlite } | undefined {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule('node:sqlite') as { DatabaseSync: typeof Sqlite } | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Primary result codes. Source: https://sqlite.org/rescode.html */
const CODE = { error: 1, busy: 5, corrupt: 11, full: 13, format: 24, notADatabase: 26 } as const;

/** What errors say that have no code: some of @photostructure/sqlite. Source: sqlite3ErrStr() of SQLite's main.c. */
const TEXT: Readonly<Record<string, number>> = {
  'database is locked': CODE.busy,
  'database disk image is malformed': CODE.corrupt,
  'database or disk is full': CODE.full,
  'file is not a database': CODE.notADatabase,
};

/** The primary result code of an error of SQLite; undefined of any other. */
function codeOf(error: unknown): number | undefined {
  const { errcode, message } = (error ?? {}) as { errcode?: unknown; message?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : TEXT[String(message)];
}

/** Whether the file is to blame, and stays so. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === CODE.corrupt || code === CODE.notADatabase || code === CODE.format;
}

/** The same when the file is opened: a table that is missing then, or there already, is damage too. */
export function isDamageAtOpening(error: unknown): boolean {
  return isDamage(error) || codeOf(error) === CODE.error;
}

export function isBusy(error: unknown): boolean {
  return codeOf(error) === CODE.busy;
}

export function isFull(error: unknown): boolean {
  return codeOf(error) === CODE.full;
}

/** `work` as one transaction: all of it or, where it throws, nothing. */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may have ended it already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
