import { statSync } from 'node:fs';
import { messageOf, pragma, Unusable, type Aside } from './database-file.ts';
import { isDamage, isFull, type Database } from './sqlite.ts';

/** A file that could not be opened, or does not work, is tried again so much later. */
const RETRY_MS = 5000;

/** What is to be set aside before it is begun anew: the file with that number, and no other that has its name by then. */
export interface PendingAside extends Aside {
  readonly inode: number;
}

/** Nothing but a new thread helps: it lets go of every file, and can rename or open them again. */
export class FreshThread extends Error {
  readonly aside: PendingAside | null;

  constructor(aside: PendingAside | null) {
    super('the thread of the store is started again');
    this.aside = aside;
  }
}

/** One database through whatever befalls it: opened when it is first needed, tried again where it does not work. */
export class StoreFile<T extends { readonly database: Database }> {
  readonly path: string;
  readonly #prepare;
  readonly #open;
  readonly #monotonic;
  /** An attempt to open it has failed, and may have left something open. */
  #isHalfOpen = false;
  #opened: T | null = null;
  #inode: number | undefined;
  /** Why it cannot be opened or written, and since when. */
  #failure: { readonly message: string; readonly since: number } | null = null;
  #triedAt = -Infinity;

  /** `prepare` goes before `open`, which throws Unusable where the file is to be set aside. */
  constructor(path: string, prepare: () => void, open: () => T, monotonic: () => number) {
    this.path = path;
    this.#prepare = prepare;
    this.#open = open;
    this.#monotonic = monotonic;
  }

  /** One line; null where all is well, as far as is known. */
  get failure(): string | null {
    return this.#failure?.message ?? null;
  }

  /** What can be asked of it, if it is open. */
  get opened(): T | null {
    return this.#opened;
  }

  /** Throws where it cannot be opened or read. */
  read<R>(work: (opened: T) => R): R {
    const opened = this.#openedNow();
    try {
      return work(opened);
    } catch (error) {
      throw isDamage(error) ? this.#unusable(error) : new Error(`${this.path}: ${messageOf(error)}`);
    }
  }

  /** The same for writing: whether that works is remembered. */
  write<R>(work: (opened: T) => R): R {
    const opened = this.#openedNow();
    try {
      const result = work(opened);
      this.#failure = null;
      return result;
    } catch (error) {
      if (isDamage(error)) throw this.#unusable(error);
      const now = this.#monotonic();
      const since = this.#failure?.since ?? now;
      this.#failure = { message: `${this.path}: ${messageOf(error)}`, since };
      // A full disk passes. After anything else that lasts the connection may be what does not work any more.
      if (!isFull(error) && now - since > RETRY_MS) throw new FreshThread(null);
      throw new Error(this.#failure.message);
    }
  }

  /** Where it fails: looks whether it still does, now and then. */
  probe(): void {
    if (!this.#failure || this.#monotonic() - this.#triedAt < RETRY_MS) return;
    try {
      this.write(({ database }) => {
        // To write what is there already is a write like any other.
        database.exec(`PRAGMA user_version=${pragma(database, 'user_version')}`);
      });
    } catch (error) {
      if (error instanceof FreshThread) throw error;
    } finally {
      this.#triedAt = this.#monotonic();
    }
  }

  /** False where the file was deleted or replaced: what is written to it, nobody would ever read. */
  isInPlace(): boolean {
    return !this.#opened || inodeOf(this.path) === this.#inode;
  }

  #openedNow(): T {
    if (this.#opened) return this.#opened;
    if (this.#failure) {
      if (this.#monotonic() - this.#triedAt < RETRY_MS) throw new Error(this.#failure.message);
      if (this.#isHalfOpen) throw new FreshThread(null);
    }
    this.#triedAt = this.#monotonic();
    try {
      this.#prepare();
      this.#isHalfOpen = true;
      this.#opened = this.#open();
      this.#isHalfOpen = false;
    } catch (error) {
      if (error instanceof Unusable) throw this.#unusable(error);
      this.#failure = { message: messageOf(error), since: this.#triedAt };
      throw error;
    }
    this.#failure = null;
    this.#inode = inodeOf(this.path);
    return this.#opened;
  }

  #unusable(error: unknown): Error {
    const inode = inodeOf(this.path);
    const reason = error instanceof Unusable ? error.reason : 'damaged';
    return new FreshThread(
      inode === undefined ? null : { path: this.path, reason, detail: messageOf(error), inode },
    );
  }
}

export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
