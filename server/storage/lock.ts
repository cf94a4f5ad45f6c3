import { truncateSync } from 'node:fs';
import { closeQuietly } from './database-file.ts';
import { isBusy, isDamage, type Database, type OpenDatabase } from './sqlite.ts';

/** Another process has it. */
export class Locked extends Error {}

/**
 * Holds a file for this process until the database that it returns is closed, or the process ends however it ends.
 * It is a lock of the kernel's, taken by SQLite on an empty database in a transaction that writes nothing, so that it needs
 * no space on the disk; the file itself is never renamed, as those that hold something may be.
 */
export function lockFile(open: OpenDatabase, path: string): Database {
  try {
    return tryToLock(open, path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    truncateSync(path);
    return tryToLock(open, path);
  }
}

function tryToLock(open: OpenDatabase, path: string): Database {
  const database = open(path);
  try {
    // Nothing is written: it needs no journal beside it.
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    closeQuietly(database);
    throw isBusy(error) ? new Locked(`${path}: another Halfclose has locked it`) : error;
  }
}
