import type { Alert } from './alert.ts';
import type { Observation } from './observation.ts';
import type { State } from './state.ts';

/** The events of the WebSocket; both ends take their types from here. */

/** All that a dashboard shows without asking. Replaced key by key: a delta carries the keys that changed, whole. */
export type LiveState = Omit<Observation, 'epoch' | 'sequence'> & {
  readonly status: ObserverStatus;
  readonly alerts: readonly Alert[];
  readonly host: { readonly name: string; readonly version: string; readonly kernel: string };
};

export interface ObserverStatus {
  /** `starting`: no Observation yet. `down`: not running, or silent; what is shown is stale. */
  readonly state: 'starting' | 'up' | 'down';
  /** One line for people: why it is down. */
  readonly reason: string | null;
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
  readonly set: Partial<LiveState>;
}

/** This session's counts per state, oldest first. The buffers are the bytes of typed arrays of equal length. */
export interface HistoryColumns {
  /** Float64Array: seconds since 1970. */
  readonly at: ArrayBuffer;
  /** Uint32Array each; NO_SAMPLE where nothing is known (the observer was down). */
  readonly byState: Readonly<Record<State, ArrayBuffer>>;
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
