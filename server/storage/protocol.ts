import type {
  EpisodeQuery,
  HistoryQuery,
  JournalPlace,
  JournalTable,
  SeriesName,
  StorageStatus,
} from '../model/storage.ts';
import type {
  StoredEpisode,
  StoredEpisodeChange,
  StoredEpisodes,
  StoredFindingsAt,
} from './episode-table.ts';
import type { StoredAnswer } from './history-query.ts';
import type { StoredChange, StoredEntry } from './journal-file.ts';
import type { PendingAside } from './store-file.ts';

export interface StoreOptions {
  readonly path: string;
  readonly retentionSeconds: number;
  readonly maxBytes: number;
}

/** What the thread is asked, one at a time; the answer to each kind, where there is one. */
interface Calls {
  open: { readonly ask: object; readonly answer: undefined };
  write: {
    readonly ask: { readonly changes: readonly StoredChange[]; readonly durable: boolean };
    readonly answer: undefined;
  };
  list: {
    readonly ask: { readonly table: JournalTable; readonly limit: number; readonly before: JournalPlace };
    readonly answer: StoredEntry[];
  };
  get: {
    readonly ask: { readonly table: JournalTable; readonly key: string };
    readonly answer: StoredEntry | null;
  };
  append: {
    readonly ask: { readonly at: number; readonly values: ReadonlyMap<string, number> };
    readonly answer: undefined;
  };
  query: { readonly ask: HistoryQuery; readonly answer: StoredAnswer };
  series: { readonly ask: object; readonly answer: SeriesName[] };
  writeEpisodes: {
    readonly ask: { readonly changes: readonly StoredEpisodeChange[]; readonly at: number };
    readonly answer: undefined;
  };
  openEpisodes: { readonly ask: object; readonly answer: StoredEpisode[] };
  episodesAt: { readonly ask: { readonly moment: number }; readonly answer: StoredFindingsAt };
  episodesBetween: { readonly ask: EpisodeQuery; readonly answer: StoredEpisodes };
  close: { readonly ask: object; readonly answer: undefined };
}
export type Kind = keyof Calls;
export type Call = { [K in Kind]: { readonly kind: K } & Calls[K]['ask'] }[Kind];
export type AnswerOf<K extends Kind> = Calls[K]['answer'];

/** `message` is a line for the log, and says which file. */
export type Outcome =
  { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly message: string };

export type Reply =
  | { readonly outcome: Outcome; readonly status: ThreadStatus }
  /** The thread ends without an answer, and is to be started again, with that to be set aside first. */
  | { readonly startAgain: true; readonly pending: PendingAside | null };

/** What the thread is started with. */
export interface ThreadData {
  readonly options: StoreOptions;
  readonly pending: PendingAside | null;
}

/** What only the thread knows of the status. */
export type ThreadStatus = Pick<StorageStatus, 'state' | 'reason' | 'bytes' | 'setAside'>;
