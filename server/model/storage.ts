import type { Finding } from './finding.ts';

/**
 * What outlives the process, as the rooms see it. One thread owns the database; nothing here blocks, and a disk that is
 * full, read-only or broken makes calls reject, never the rest fail.
 */

/** What the journal keeps apart; entries are JSON. */
export type JournalTable =
  'alert' | 'progress' | 'delivery' | 'silence' | 'acknowledgement' | 'resolved' | 'events' | 'evidence';

export interface JournalEntry {
  readonly table: JournalTable;
  /** Of its own within the table. */
  readonly key: string;
  /** Wall clock, milliseconds since 1970: entries are listed by it, and `resolved`, `events` and `evidence` kept for the retention. */
  readonly at: number;
  readonly value: unknown;
}

/** Where an entry stands in its table. */
export type JournalPlace = Pick<JournalEntry, 'at' | 'key'>;

/** To write an entry, or to delete the one of that key. */
export type JournalChange =
  JournalEntry | { readonly table: JournalTable; readonly key: string; readonly value: undefined };

/** The alerts' memory: small, and every word of it counts. */
export interface Journal {
  /**
   * All changes or none, in the order of the calls. `durable`: resolves when they would survive a loss of power; otherwise
   * when they survive the end of this process. Rejects where they could not be written.
   */
  write(changes: readonly JournalChange[], durable: boolean): Promise<void>;
  /** Newest first, at most `limit`, older than `before` where given; rejects where the store cannot be read. */
  list(table: JournalTable, limit: number, before?: JournalPlace): Promise<JournalEntry[]>;
  get(table: JournalTable, key: string): Promise<JournalEntry | null>;
}

/** Values at one moment. A series goes by its name and labels, written as in Prometheus: `tcp_sockets{state="close_wait"}`. */
export interface Sample {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
}

export interface HistoryQuery {
  /**
   * Each selects series: `tcp_sockets` those of that name whatever their labels, `tcp_sockets{state="listen"}` that one, and
   * with a `*` at its end all that begin so.
   */
  readonly series: readonly string[];
  /** Milliseconds since 1970; `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** At least so long from one point to the next; 0: as fine as there is for that range, within MAX_POINTS and MAX_VALUES. */
  readonly stepSeconds: number;
}

/** Of one answer. */
export const MAX_POINTS = 4000;
export const MAX_SERIES = 200;
/** Points times series: the more series, the fewer points of each. */
export const MAX_VALUES = 40_000;

/** Columns of equal length; null where there is no sample. */
export interface HistoryAnswer {
  readonly stepSeconds: number;
  /** Before this nothing is kept any more, or was ever written; null where nothing is stored. */
  readonly oldest: number | null;
  /** Beginning of each step, milliseconds since 1970, ascending. */
  readonly at: readonly number[];
  readonly series: readonly {
    readonly name: string;
    readonly min: readonly (number | null)[];
    readonly mean: readonly (number | null)[];
    readonly max: readonly (number | null)[];
  }[];
  /** More series fit the query than MAX_SERIES. */
  readonly truncated: boolean;
}

/** A series there are samples of. */
export interface SeriesName {
  readonly name: string;
  /** Within a quarter of an hour; milliseconds since 1970. */
  readonly lastSeenAt: number;
}

export interface SampleStore {
  /** Returns at once; what cannot be written is dropped, and counted. */
  append(sample: Sample): void;
  /** Rejects where the store cannot be read, or is asked too much at a time. */
  query(query: HistoryQuery): Promise<HistoryAnswer>;
  /** In the order of their names. */
  series(): Promise<SeriesName[]>;
}

/** A finding from its beginning to its end; times are of the wall clock, milliseconds since 1970. */
export interface Episode {
  /** Fingerprint and beginning. */
  readonly id: string;
  readonly startsAt: number;
  /** Last seen; while it stands, within a minute. */
  readonly seenAt: number;
  /** null: it stands, as far as is known. */
  readonly endsAt: number | null;
  /** As it was at its worst, without examples. */
  readonly worst: Finding;
}

/** A finding as it was at that moment, with a few examples. */
export interface FindingForm {
  readonly at: number;
  readonly finding: Finding;
}

/** An episode as it is now, and the forms of it that are not written yet. */
export interface EpisodeChange {
  readonly episode: Episode;
  readonly forms: readonly FindingForm[];
}

export interface EpisodeQuery {
  /** Those that stood at any time from here, inclusive, to there, exclusive; milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** Only those of this finding; null: of any. */
  readonly fingerprint: string | null;
}

/** `since`: of what was before, not everything is kept; null: nothing was ever written. */
interface EpisodesAnswer {
  readonly since: number | null;
  /** The last to begin comes first. */
  readonly episodes: readonly Episode[];
  /** There are more than the limit. */
  readonly truncated: boolean;
}

export interface FindingsAtAnswer {
  readonly since: number | null;
  /** Each in the last form that was kept until then. */
  readonly standing: readonly { readonly episode: Episode; readonly form: FindingForm }[];
}

/** Episodes that have not ended: of more, those not seen for longest end when they were last seen. More than an Observation has findings. */
export const MAX_OPEN_EPISODES = 1000;

export interface EpisodeStore {
  /** All or none; rejects where they could not be written. `at`: when this is so. */
  write(changes: readonly EpisodeChange[], at: number): Promise<void>;
  /** Those that have not ended, at most MAX_OPEN_EPISODES: the last seen. */
  open(): Promise<Episode[]>;
  /** What stood at a moment, in milliseconds since 1970. */
  at(moment: number): Promise<FindingsAtAnswer>;
  between(query: EpisodeQuery): Promise<EpisodesAnswer>;
}

export const STORAGE_STATES = ['ok', 'failing', 'off'] as const;

export interface StorageStatus {
  /** `off`: there is no store, on purpose or since it cannot be opened; `failing`: what is written is lost at the moment. */
  readonly state: (typeof STORAGE_STATES)[number];
  /** Why not `ok`; a line. */
  readonly reason: string | null;
  readonly path: string;
  readonly bytes: number;
  /** Files that were set aside since the start, because they are damaged or of a newer version. */
  readonly setAside: readonly string[];
  /** Of this process so far: calls that could not be carried out, and samples that were lost. */
  readonly writeErrors: number;
  readonly samplesDropped: number;
}

/** What outlives the process; `close` writes what still waits, as far as that takes no longer than two seconds. */
export interface Storage {
  readonly journal: Journal;
  readonly samples: SampleStore;
  readonly episodes: EpisodeStore;
  status(): StorageStatus;
  close(): Promise<void>;
}
