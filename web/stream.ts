import type { Finding } from '../server/model/finding.ts';
import {
  NO_SAMPLE,
  type Delta,
  type FindingChanges,
  type HistoryColumns,
  type ItemChanges,
  type ListKey,
  type LiveState,
  type ObserverStatus,
  type Snapshot,
} from '../server/model/live.ts';
import { STATES, type State } from '../server/model/state.ts';

/** What the page knows, made from the messages of the server. Pure data and functions; live.svelte.ts feeds it. */
export interface Picture {
  readonly epoch: string;
  readonly sequence: number;
  readonly state: LiveState | null;
  readonly status: ObserverStatus;
  readonly history: History;
}

/** Counts per state over time, oldest first; null where nothing is known. */
export interface History {
  /** Seconds since 1970. */
  readonly at: readonly number[];
  readonly byState: Readonly<Record<State, readonly (number | null)[]>>;
}

/** An hour at one sample a second: what the longest range of the chart shows. */
export const MAX_SAMPLES = 3600;

/** Passes may be closer; the chart takes one a second, a little less since they are never exactly that far apart. */
const MIN_SPACING_SECONDS = 0.9;

export function pictureOf(snapshot: Snapshot): Picture {
  return {
    epoch: snapshot.epoch,
    sequence: snapshot.sequence,
    state: snapshot.state,
    status: snapshot.status,
    history: decodeHistory(snapshot.history),
  };
}

/** The picture after a delta; null where one was missed (or the server is another one), and a snapshot must be asked for. */
export function advance(picture: Picture, delta: Delta): Picture | null {
  if (delta.epoch !== picture.epoch || delta.sequence !== picture.sequence + 1) return null;
  const { set } = delta;
  const findings = withChanges(picture.state?.findings ?? [], delta.findings);
  const state = picture.state
    ? { ...picture.state, ...set, ...withItems(picture.state, delta.items), findings }
    : set.sockets !== undefined
      ? ({ ...set, findings } as LiveState)
      : null;
  return {
    epoch: delta.epoch,
    sequence: delta.sequence,
    state,
    status: set.status ?? picture.status,
    history: withSample(picture, state, set),
  };
}

/** The lists of which items changed; those that did not stay the same objects. */
function withItems(state: LiveState, items: ItemChanges = {}): Partial<LiveState> {
  const lists: Partial<Record<ListKey, unknown>> = {};
  for (const key of Object.keys(items) as ListKey[]) {
    const list: object[] = [...state[key]];
    for (const [index, values] of items[key] ?? []) list[index] = { ...list[index], ...values };
    lists[key] = list;
  }
  return lists as Partial<LiveState>;
}

function withChanges(findings: readonly Finding[], changes: FindingChanges | undefined): readonly Finding[] {
  if (!changes) return findings;
  const known = new Map(findings.map((finding) => [finding.fingerprint, finding]));
  for (const fingerprint of changes.gone) known.delete(fingerprint);
  for (const finding of changes.whole) known.set(finding.fingerprint, finding);
  for (const change of changes.changed) {
    const old = known.get(change.fingerprint);
    if (!old) continue;
    known.set(old.fingerprint, { ...old, ...change, evidence: { ...old.evidence, ...change.evidence } });
  }
  return [...known.values()];
}

/** A new `at` is a new pass, even where no count has changed; what was not seen is a gap in the lines. */
function withSample(picture: Picture, state: LiveState | null, set: Delta['set']): History {
  const { history } = picture;
  const newest = history.at.at(-1) ?? -Infinity;
  if (state && set.at !== undefined) {
    const at = set.at / 1000;
    if (at < newest + MIN_SPACING_SECONDS) return history;
    const before =
      state.gapSeconds === null ? history : append(history, at - MIN_SPACING_SECONDS / 2, () => null);
    return append(before, at, (name) => (state.complete ? state.sockets.byState[name] : null));
  }
  if (state && set.status?.state === 'down' && picture.status.state === 'up') {
    return append(history, Math.max(newest, state.at / 1000) + MIN_SPACING_SECONDS / 2, () => null);
  }
  return history;
}

function append(history: History, at: number, value: (state: State) => number | null): History {
  const from = Math.max(0, history.at.length + 1 - MAX_SAMPLES);
  return {
    at: appended(history.at, from, at),
    byState: mapStates((state) => appended(history.byState[state], from, value(state))),
  };
}

/** One copy: at each sample there are twelve columns of an hour to be copied. */
function appended<T>(column: readonly T[], from: number, value: T): T[] {
  const longer = column.slice(from);
  longer.push(value);
  return longer;
}

function decodeHistory(columns: HistoryColumns): History {
  const at = Array.from(new Float64Array(columns.at));
  const counts = new Uint32Array(columns.byState);
  return {
    at,
    byState: mapStates((state) => {
      const first = STATES.indexOf(state) * at.length;
      return Array.from(counts.subarray(first, first + at.length), (count) =>
        count === NO_SAMPLE ? null : count,
      );
    }),
  };
}

function mapStates<T>(make: (state: State) => T): Record<State, T> {
  return Object.fromEntries(STATES.map((state) => [state, make(state)])) as Record<State, T>;
}
