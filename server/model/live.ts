import type { Alert } from './alert.ts';
import type { Finding } from './finding.ts';
import type { Observation } from './observation.ts';

/** The events of the WebSocket; both ends take their types from here. */

/**
 * All that a dashboard shows without asking. Replaced key by key: a delta carries the keys that changed, whole; of lists and
 * of findings it carries what changed. The `examples` of findings are empty here: the reader of one asks for them. Of
 * listeners it has the first MAX_LIVE_LISTENERS; GET listeners has the others. How long each unit took is told to the
 * millisecond.
 */
export type LiveState = Omit<Observation, 'epoch' | 'sequence'> & {
  readonly status: ObserverStatus;
  readonly alerts: readonly LiveAlert[];
  readonly host: { readonly name: string; readonly version: string; readonly kernel: string };
};

export const MAX_LIVE_LISTENERS = 50;

/** `finding` is null where it is among the findings, as severe as here, and the alert is not resolved. */
export type LiveAlert = Omit<Alert, 'labels' | 'finding'> & { readonly finding: Finding | null };

/** `starting`: no Observation yet. `down`: not running, or silent; what is shown is stale. */
export const OBSERVER_STATES = ['starting', 'up', 'down'] as const;

/** What took the observer down; `message` is the system's own. */
export type DownCause =
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'exit'; readonly code: number | null }
  | { readonly kind: 'silent'; readonly seconds: number }
  | { readonly kind: 'not_started'; readonly message: string };

export interface ObserverStatus {
  readonly state: (typeof OBSERVER_STATES)[number];
  /** Why it is down: one line in English, for the log and the API. */
  readonly reason: string | null;
  /** The same, for those who say it in another language. */
  readonly cause: DownCause | null;
  readonly restarts: number;
  /** Age of the newest Observation when this was sent, by the server's clock; null where there is none. */
  readonly observationAgeSeconds: number | null;
}

export interface Snapshot {
  /** Names one life of the server's stream; sequence numbers count within it. */
  readonly epoch: string;
  readonly sequence: number;
  /** null until the first Observation. */
  readonly state: LiveState | null;
  readonly status: ObserverStatus;
  readonly history: HistoryColumns;
}

export interface Delta {
  readonly epoch: string;
  /** One more than that of the message before; a gap means that one was skipped, and the client asks for a snapshot. */
  readonly sequence: number;
  readonly set: Partial<Omit<LiveState, 'findings'>>;
  /** Lists of which some items changed, in place; those that grew, shrank or changed much are in `set`. Absent where none did. */
  readonly items?: ItemChanges;
  /** Absent where none changed. */
  readonly findings?: FindingChanges;
}

export type ListKey = {
  [K in keyof Delta['set']]-?: LiveState[K] extends readonly object[] ? K : never;
}[keyof Delta['set']];

export type ItemChanges = { readonly [K in ListKey]?: readonly ItemChange<LiveState[K][number]>[] };

/** Which item, and the keys of it that changed. */
type ItemChange<T> = readonly [index: number, values: Partial<T>];

export interface FindingChanges {
  /** Fingerprints of those that are no more. */
  readonly gone: readonly string[];
  /** New ones, and those that gained or lost a key. */
  readonly whole: readonly Finding[];
  /** Of the others what changed; of their evidence, too, the values that changed. */
  readonly changed: readonly FindingChange[];
}

export type FindingChange = Pick<Finding, 'fingerprint'> & Partial<Finding>;

/**
 * This session's counts per state, oldest first, as the bytes of typed arrays. Two buffers only: the decoder of
 * socket.io takes at most ten in one message, and drops the connection at the eleventh.
 */
export interface HistoryColumns {
  /** Float64Array: seconds since 1970. */
  readonly at: ArrayBuffer;
  /**
   * Uint32Array: all samples of the first of STATES, then all of the second, and so on. NO_SAMPLE where nothing is
   * known (the observer was down).
   */
  readonly byState: ArrayBuffer;
}

export const NO_SAMPLE = 0xffff_ffff;

export interface ServerEvents {
  snapshot: (snapshot: Snapshot) => void;
  delta: (delta: Delta) => void;
}

export interface ClientEvents {
  /** Asks for a snapshot: after a gap in the sequence. */
  resync: () => void;
}
