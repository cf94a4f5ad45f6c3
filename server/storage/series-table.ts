import type { SeriesName } from '../model/storage.ts';
import type { Database } from './sqlite.ts';
import { SLOTS } from './step-codec.ts';

/** Names that are known at a time: where there are more, those not seen for longest are forgotten with their values. */
const MAX_NAMES = 4096;
/** As many are forgotten at once. */
const FORGET_AT_ONCE = 256;

interface Known {
  readonly id: number;
  lastSeen: number;
  isSaved: boolean;
}

/** The names of series and their ids, which are never given again: what is left of a forgotten series is nobody's. */
export class SeriesTable {
  readonly #select;
  readonly #insert;
  readonly #update;
  readonly #delete;
  #byName = new Map<string, Known>();

  constructor(database: Database) {
    this.#select = database.prepare('SELECT id, name, last_seen AS lastSeen FROM series ORDER BY id');
    this.#insert = database.prepare('INSERT INTO series (name, last_seen) VALUES (?, ?)');
    this.#update = database.prepare('UPDATE series SET last_seen = ? WHERE id = ?');
    this.#delete = database.prepare('DELETE FROM series WHERE id = ?');
  }

  load(): void {
    const rows = this.#select.all() as { id: number; name: string; lastSeen: number }[];
    this.#byName = new Map(rows.map(({ id, name, lastSeen }) => [name, { id, lastSeen, isSaved: true }]));
  }

  /** Of a series that is seen at this second, in a transaction. */
  idOf(name: string, second: number): number {
    const known = this.#byName.get(name);
    if (known) {
      known.lastSeen = second;
      known.isSaved = false;
      return known.id;
    }
    if (this.#byName.size >= MAX_NAMES) this.#forget(this.#longestUnseen());
    const id = Number(this.#insert.run(name, second).lastInsertRowid);
    this.#byName.set(name, { id, lastSeen: second, isSaved: true });
    return id;
  }

  #longestUnseen(): string[] {
    return [...this.#byName]
      .sort(([, a], [, b]) => a.lastSeen - b.lastSeen)
      .slice(0, FORGET_AT_ONCE)
      .map(([name]) => name);
  }

  #forget(names: readonly string[]): void {
    for (const name of names) {
      this.#delete.run(this.#byName.get(name)!.id);
      this.#byName.delete(name);
    }
  }

  forgetBefore(second: number): void {
    this.#forget([...this.#byName].filter(([, { lastSeen }]) => lastSeen < second).map(([name]) => name));
  }

  /** Not with every sample: it would be as many writes as there are series. */
  saveLastSeen(): void {
    for (const known of this.#byName.values()) {
      if (known.isSaved) continue;
      this.#update.run(known.lastSeen, known.id);
      known.isSaved = true;
    }
  }

  /** Those that may have values. */
  shards(): Set<number> {
    return new Set([...this.#byName.values()].map(({ id }) => Math.floor(id / SLOTS)));
  }

  names(): SeriesName[] {
    return [...this.#byName]
      .map(([name, { lastSeen }]) => ({ name, lastSeenAt: lastSeen * 1000 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Those that one of the selectors of a HistoryQuery selects, by name. */
  select(selectors: readonly string[]): { name: string; id: number }[] {
    const exact = new Set(selectors);
    const beginnings = selectors.flatMap((selector) => {
      if (selector.endsWith('*')) return selector.slice(0, -1);
      return selector.includes('{') ? [] : `${selector}{`;
    });
    return [...this.#byName]
      .filter(([name]) => exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning)))
      .map(([name, { id }]) => ({ name, id }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
