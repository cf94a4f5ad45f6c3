import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  closeQuietly,
  openFile,
  pragma,
  setAside,
  shrink,
  usedBytes,
  type Aside,
  type Schema,
} from './database-file.ts';
import { historySchema } from './history-file.ts';
import { queryHistory } from './history-query.ts';
import { journalSchema } from './journal-file.ts';
import { Locked, lockFile } from './lock.ts';
import type { Call, StoreOptions, ThreadStatus } from './protocol.ts';
import type { Database, OpenDatabase } from './sqlite.ts';
import { FreshThread, inodeOf, StoreFile, type PendingAside } from './store-file.ts';
import { tiersFor } from './tiers.ts';

/** Calls come with every sample at least. So often is looked whether the files are where they were, and what is too old. */
const LOOK_MS = 60_000;
/** Of the size limit, as much is for the alerts' memory. */
const JOURNAL_SHARE = 0.25;
/** Free pages given back to the file system at a time. */
const SHRINK_PAGES = 256;

interface StoreClock {
  /** Milliseconds since 1970. */
  wall(): number;
  /** Milliseconds since whenever. */
  monotonic(): number;
}

const SYSTEM_CLOCK: StoreClock = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * The two databases of a folder and the lock on it. It waits for the disk: made for a thread of its own, and for one life of
 * it. What needs another throws FreshThread.
 */
export class Store {
  readonly #openDatabase;
  readonly #options;
  readonly #clock;
  readonly #journal;
  readonly #history;
  readonly #lockPath;
  #lock: Database | null = null;
  #lockInode: number | undefined;
  #isLockedElsewhere = false;
  #pending: PendingAside | null;
  readonly #asides: string[] = [];
  #lookedAt: number;

  /** `pending`: what the thread before has found to be set aside. */
  constructor(
    openDatabase: OpenDatabase,
    options: StoreOptions,
    pending: PendingAside | null = null,
    clock = SYSTEM_CLOCK,
  ) {
    this.#openDatabase = openDatabase;
    this.#options = options;
    this.#pending = pending;
    this.#clock = clock;
    this.#lookedAt = clock.monotonic();
    this.#lockPath = join(options.path, 'lock');
    this.#journal = this.#file('alerts.db', journalSchema);
    this.#history = this.#file('history.db', historySchema(tiersFor(options.retentionSeconds)));
  }

  #file<T extends { readonly database: Database }>(name: string, schema: Schema<T>): StoreFile<T> {
    const path = join(this.#options.path, name);
    return new StoreFile(
      path,
      () => {
        this.#holdFolder();
        if (this.#pending?.path === path) this.#setAside(this.#pending);
      },
      () => openFile(this.#openDatabase, path, schema),
      this.#clock.monotonic,
    );
  }

  /** Throws, with a line that names the file, where a call cannot be carried out. */
  answer(call: Call): unknown {
    switch (call.kind) {
      case 'open':
        return this.#journal.read(() => undefined);
      case 'write':
        return this.#journal.write((journal) => journal.write(call.changes, call.durable));
      case 'list':
        return this.#journal.read((journal) => journal.list(call.table, call.limit, call.before));
      case 'get':
        return this.#journal.read((journal) => journal.get(call.table, call.key));
      case 'append':
        this.#look();
        this.#journal.probe();
        return this.#history.write((history) => {
          history.append(call, this.#clock.wall(), this.#historyBytes());
        });
      case 'query':
        return this.#history.read((history) => queryHistory(history, call));
      case 'series':
        return this.#history.read((history) => history.names());
      case 'writeEpisodes':
        return this.#history.write((history) => history.writeEpisodes(call.changes, call.at));
      case 'openEpisodes':
        return this.#history.read((history) => history.episodes.open());
      case 'episodesAt':
        return this.#history.read((history) => history.episodes.at(call.moment));
      case 'episodesBetween':
        return this.#history.read((history) => history.episodes.between(call));
      case 'close':
        return this.close();
    }
  }

  status(): ThreadStatus {
    const reason = this.#journal.failure ?? this.#history.failure;
    return {
      state: reason === null ? 'ok' : this.#isLockedElsewhere ? 'off' : 'failing',
      reason,
      bytes: [this.#journal, this.#history].reduce((sum, { path }) => sum + sizeOf(path), 0),
      setAside: this.#asides,
    };
  }

  /** What @photostructure/sqlite keeps open after that, the end of the thread closes. */
  close(): void {
    for (const each of [this.#journal.opened?.database, this.#history.opened?.database, this.#lock]) {
      if (each) closeQuietly(each);
    }
  }

  #setAside(pending: PendingAside): void {
    if (inodeOf(pending.path) === pending.inode) {
      const { path, reason, detail }: Aside = setAside(pending, this.#clock.wall());
      this.#asides.push(`${path} (${reason}: ${detail})`);
    }
    this.#pending = null;
  }

  /** Makes the folder where there is none, and sees that nobody else works in it. */
  #holdFolder(): void {
    if (this.#lock) return;
    const { path } = this.#options;
    // SQLite itself would only say that it cannot open a file.
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    this.#isLockedElsewhere = false;
    try {
      this.#lock = lockFile(this.#openDatabase, this.#lockPath);
    } catch (error) {
      this.#isLockedElsewhere = error instanceof Locked;
      throw error;
    }
    this.#lockInode = inodeOf(this.#lockPath);
  }

  #look(): void {
    if (this.#clock.monotonic() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = this.#clock.monotonic();
    const isInPlace = this.#journal.isInPlace() && this.#history.isInPlace();
    if (!isInPlace || (this.#lock && inodeOf(this.#lockPath) !== this.#lockInode))
      throw new FreshThread(null);
    const end = this.#history.opened?.retentionEnd(Math.floor(this.#clock.wall() / 1000)) ?? -Infinity;
    try {
      this.#journal.write((journal) => {
        if (end !== -Infinity) journal.forgetBefore(end * 1000);
        journal.forgetBeyond(this.#options.maxBytes * JOURNAL_SHARE);
        if (pragma(journal.database, 'freelist_count') > SHRINK_PAGES) shrink(journal.database, SHRINK_PAGES);
      });
    } catch (error) {
      // Anything else is remembered.
      if (error instanceof FreshThread) throw error;
    }
  }

  #historyBytes(): number {
    const journal = this.#journal.opened;
    return this.#options.maxBytes - (journal ? usedBytes(journal.database) : 0);
  }
}

/** With its write-ahead log. */
function sizeOf(path: string): number {
  return ['', '-wal'].reduce(
    (sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
