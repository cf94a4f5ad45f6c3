import type { StorageConfig } from '../model/config.ts';
import type { HistoryAnswer, JournalChange, JournalEntry, Storage, StorageStatus } from '../model/storage.ts';
import type { Log } from '../model/units.ts';
import { createEpisodeStore } from './episodes.ts';
import type { Columns, StoredAnswer } from './history-query.ts';
import type { StoredChange, StoredEntry } from './journal-file.ts';
import type { ThreadStatus } from './protocol.ts';
import { createThreadLink } from './thread-link.ts';

/** As built: beside this file. */
const THREAD = new URL('./thread.js', import.meta.url);
const CLOSE_WITHIN_MS = 2000;
/** No call takes so long that is not waiting for the disk. */
const STUCK_SECONDS = 10;
/** Behind every entry. */
const END = { at: Number.MAX_SAFE_INTEGER, key: '' };
/** Files set aside that are still named in the status. */
const MAX_NAMED = 10;
/** Of a mean: it is a figure for a chart, and shorter to send. */
const DECIMALS = 1000;

/**
 * What outlives the process. Nothing of it waits for the disk here: one thread does. Where there is no store, or while it
 * does not work, calls reject and samples are dropped, and `status` says why; it is tried again every few seconds.
 */
export function createStorage(config: StorageConfig, log: Log, thread = THREAD): Storage {
  const { path, offBecause, retentionSeconds, maxBytes } = config;
  if (path === null) return noStorage(offBecause ?? 'it is switched off', log);
  let now: ThreadStatus = { state: 'failing', reason: 'it is being opened', bytes: 0, setAside: [] };
  let isOpened = false;
  let writeErrors = 0;
  let samplesDropped = 0;

  const link = createThreadLink(
    thread,
    { path, retentionSeconds, maxBytes },
    {
      onStatus(status) {
        // A thread knows what it has set aside itself, not those before it.
        const setAside = [...new Set([...now.setAside, ...status.setAside])].slice(-MAX_NAMED);
        const next = { ...status, setAside };
        tellChange(next);
        now = next;
        isOpened = true;
      },
      onDeath(message) {
        const next: ThreadStatus = { ...now, state: 'failing', reason: message };
        tellChange(next);
        now = next;
      },
    },
  );
  // So that the log says at once how it is.
  link.call<'open'>({ kind: 'open' }).catch(() => undefined);

  function tellChange(next: ThreadStatus): void {
    for (const file of next.setAside.filter((each) => !now.setAside.includes(each))) {
      log.error({ file }, 'a file of the store was set aside, and begun anew');
    }
    if (next.state === now.state && next.reason === now.reason && isOpened) return;
    if (next.state === 'ok' && isOpened) log.info({ path }, 'the store works again');
    else if (next.state === 'ok') log.debug({ path }, 'the store is open');
    else if (next.reason !== now.reason) log.error({ path, reason: next.reason }, 'the store does not work');
  }

  return {
    journal: {
      async write(changes, durable) {
        try {
          await link.call<'write'>({ kind: 'write', changes: changes.map(toStored), durable });
        } catch (error) {
          writeErrors++;
          throw error;
        }
      },
      async list(table, limit, before = END) {
        return (await link.call<'list'>({ kind: 'list', table, limit, before })).map(toEntry);
      },
      async get(table, key) {
        const entry = await link.call<'get'>({ kind: 'get', table, key });
        return entry && toEntry(entry);
      },
    },
    samples: {
      append({ at, values }) {
        link.call<'append'>({ kind: 'append', at, values }).catch(() => {
          writeErrors++;
          samplesDropped++;
        });
      },
      async query(query) {
        return toAnswer(await link.call<'query'>({ kind: 'query', ...query }));
      },
      series: () => link.call<'series'>({ kind: 'series' }),
    },
    episodes: createEpisodeStore(link, () => writeErrors++),
    status() {
      const busySeconds = Math.round(link.busyMs() / 1000);
      const isStuck = now.state === 'ok' && busySeconds >= STUCK_SECONDS;
      const reason = `the disk has not answered for ${busySeconds} s`;
      const stuck = isStuck && ({ state: 'failing', reason } as const);
      return { ...now, ...stuck, path, writeErrors, samplesDropped };
    },
    close: () => link.close(CLOSE_WITHIN_MS),
  };
}

function noStorage(reason: string, log: Log): Storage {
  log.warn({ reason }, 'nothing is stored: history and alerts are forgotten at a restart');
  const status: StorageStatus = {
    state: 'off',
    reason,
    path: '',
    bytes: 0,
    setAside: [],
    writeErrors: 0,
    samplesDropped: 0,
  };
  const refuse = () => Promise.reject(new Error(`there is no store: ${reason}`));
  return {
    // Asked for: whoever writes to it has nothing to complain of.
    journal: {
      write: () => Promise.resolve(),
      list: () => Promise.resolve([]),
      get: () => Promise.resolve(null),
    },
    samples: { append: () => undefined, query: refuse, series: refuse },
    episodes: {
      write: () => Promise.resolve(),
      open: () => Promise.resolve([]),
      at: refuse,
      between: refuse,
    },
    status: () => status,
    close: () => Promise.resolve(),
  };
}

function toStored(change: JournalChange): StoredChange {
  const { table, key, value } = change;
  const at = 'at' in change ? change.at : 0;
  return { table, key, at, json: value === undefined ? null : JSON.stringify(value) };
}

function toEntry({ table, key, at, json }: StoredEntry): JournalEntry {
  return { table, key, at, value: JSON.parse(json) as unknown };
}

function toAnswer({ stepSeconds, oldest, first, points, series, truncated }: StoredAnswer): HistoryAnswer {
  return {
    stepSeconds,
    oldest: oldest === null ? null : oldest * 1000,
    at: Array.from({ length: points }, (_, index) => (first + index * stepSeconds) * 1000),
    series: series.map(({ name, min, mean, max }: Columns) => ({
      name,
      min: withNulls(min),
      mean: withNulls(mean),
      max: withNulls(max),
    })),
    truncated,
  };
}

/** NaN stands for nothing; other numbers are cut to some decimals. */
function withNulls(column: Float64Array): (number | null)[] {
  return Array.from(column, (value) =>
    Number.isNaN(value) ? null : Math.round(value * DECIMALS) / DECIMALS,
  );
}
