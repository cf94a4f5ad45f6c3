import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDamageAtOpening, transaction, type Database, type OpenDatabase } from './sqlite.ts';

/** Files of one name that are kept aside for one reason; older ones are deleted. */
const MAX_ASIDE = 2;
/**
 * Of the write-ahead log: so many pages (1 MiB) are written to it before they go to the database, and it is cut back to as
 * many bytes then.
 */
const CHECKPOINT_PAGES = 256;
const LOG_BYTES = 1024 * 1024;
/** Where in the file its version for writing is, and the newest there is. */
const WRITE_FORMAT_AT = 18;
const WRITE_AHEAD_LOG = 2;

/** Why a file cannot be used, and never will be. */
export type AsideReason = 'damaged' | 'newer';

/** A file that is to be renamed, or was. */
export interface Aside {
  readonly path: string;
  readonly reason: AsideReason;
  /** One line. */
  readonly detail: string;
}

/** What one file holds. */
export interface Schema<T> {
  /** From each version to the next; the first creates the tables. A released one is never changed. */
  readonly migrations: readonly string[];
  /** `integrity_check` compares indices with their tables too, and takes a second for each few hundred megabytes. */
  readonly check: 'quick_check' | 'integrity_check';
  /** Prepares what is asked of it; throws where a table or column is missing. */
  prepare(database: Database): T;
}

/** It cannot be used as it is, now or later: to be set aside. */
export class Unusable extends Error {
  readonly reason: AsideReason;

  constructor(reason: AsideReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Opens a database or begins one, and brings it up to date. Throws Unusable where it is damaged or of a newer version, and
 * another error where the reason may go away: no permission, no space, a disk that does not answer. After either the file
 * may still be open: the statements of @photostructure/sqlite keep it so until they are collected as garbage, or the thread
 * ends. To rename it before that would be dangerous: SQLite finds the write-ahead log by its name.
 */
export function openFile<T>(open: OpenDatabase, path: string, schema: Schema<T>): T {
  try {
    return tryToOpen(open, path, schema);
  } catch (error) {
    throw isDamageAtOpening(error) ? new Unusable('damaged', messageOf(error)) : error;
  }
}

function tryToOpen<T>(open: OpenDatabase, path: string, schema: Schema<T>): T {
  const format = writeFormatOf(path);
  if (format > WRITE_AHEAD_LOG) {
    throw new Unusable('damaged', `its header asks for format ${format}, which nobody may write`);
  }
  const database = open(path);
  // Exclusive before anything else: the index of the write-ahead log is in this process's memory then, and no third file is
  // mapped, which on a full disk would be a deadly signal.
  database.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA auto_vacuum=INCREMENTAL');
  database.exec(`PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=${LOG_BYTES}`);
  database.exec(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}; PRAGMA synchronous=NORMAL`);
  const version = pragma(database, 'user_version');
  const { migrations } = schema;
  if (version > migrations.length) {
    const known = `this Halfclose knows versions up to ${migrations.length}`;
    throw new Unusable('newer', `its schema is of version ${version}, ${known}`);
  }
  const [verdict] = Object.values(database.prepare(`PRAGMA ${schema.check}(1)`).get() as object) as [string];
  if (verdict !== 'ok') throw new Unusable('damaged', verdict.replace(/\s+/g, ' '));
  for (let next = version; next < migrations.length; next++) {
    transaction(database, () => {
      database.exec(migrations[next]!);
      database.exec(`PRAGMA user_version=${next + 1}`);
    });
  }
  return schema.prepare(database);
}

/**
 * By which format version the file may be written: beyond the newest one SQLite only reads it, and says no more of it than
 * of a disk that is read-only. 0 where there is no header yet.
 * Source: https://sqlite.org/fileformat2.html#file_format_version_numbers
 */
function writeFormatOf(path: string): number {
  if (!existsSync(path)) return 0;
  const file = openSync(path, 'r');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, WRITE_FORMAT_AT);
    return byte[0]!;
  } finally {
    closeSync(file);
  }
}

/**
 * Renames a database that nobody has open, together with its write-ahead log, so that SQLite still finds what belongs
 * together. Older ones beyond a few are deleted.
 */
export function setAside({ path, reason, detail }: Aside, now: number): Aside {
  const stamp = new Date(now).toISOString().replace(/:/g, '-').replace(/\.\d+/, '');
  let target = `${path}.${reason}-${stamp}`;
  for (let again = 2; existsSync(target); again++) target = `${path}.${reason}-${stamp}-${again}`;
  renameSync(path, target);
  for (const end of ['-wal', '-shm']) {
    if (existsSync(path + end)) renameSync(path + end, target + end);
  }
  deleteOldest(`${path}.${reason}-`);
  return { path: target, reason, detail };
}

function deleteOldest(prefix: string): void {
  const folder = dirname(prefix);
  const byAge = readdirSync(folder)
    .filter((name) => name.startsWith(basename(prefix)) && !/-(wal|shm)$/.test(name))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).ctimeMs }))
    .sort((a, b) => b.at - a.at || b.path.localeCompare(a.path));
  for (const { path } of byAge.slice(MAX_ASIDE)) {
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  }
}

/** The number that a pragma answers. */
export function pragma(database: Database, name: string): number {
  const [value] = Object.values(database.prepare(`PRAGMA ${name}`).get() as object);
  return Number(value);
}

/** Bytes that hold something; pages that are free are not counted. */
export function usedBytes(database: Database): number {
  const pages = pragma(database, 'page_count') - pragma(database, 'freelist_count');
  return pages * pragma(database, 'page_size');
}

/** Gives free pages back to the file system, a few at a time. */
export function shrink(database: Database, pages: number): void {
  // To step through it is what frees: exec() would stop at the first page.
  database.prepare(`PRAGMA incremental_vacuum(${pages})`).all();
}

export function closeQuietly(database: Database): void {
  try {
    database.close();
  } catch {
    // What it could not write is lost already, and was told when it was.
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
