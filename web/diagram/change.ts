import { STATES, stateLabel, type State } from '../../server/model/state.ts';

/** Counts are compared with those so long ago, or with the oldest that are kept. */
const CHANGE_SECONDS = 3600;
/** Of the answer that is looked through for a moment at which something was recorded. */
const WINDOW_MS = 60_000;
/** What began later has not changed yet: it is beginning. */
const LEAST_SECONDS = 60;

/** An answer of GET history, of the series tcp_sockets. */
export interface CountsAnswer {
  readonly at: readonly number[];
  readonly oldest: string | null;
  readonly series: readonly { readonly name: string; readonly mean: readonly (number | null)[] }[];
}

/** Counts as they once were; `at` by the server's clock, in milliseconds since 1970. */
export interface Before {
  readonly at: number;
  readonly counts: ReadonlyMap<State, number>;
}

export interface Difference {
  /** More, or fewer where it is negative. */
  readonly by: number;
  readonly seconds: number;
}

/** The query for the counts of an hour before that moment; null: before now, by the server's clock. */
export function hourBefore(moment: number | null): string {
  if (moment === null) return questionOf('now-61m', 'now-60m');
  const to = moment - CHANGE_SECONDS * 1000;
  return questionOf(new Date(to - WINDOW_MS).toISOString(), new Date(to).toISOString());
}

/** The query for the oldest counts there are, where the hour before is from before them; null where it is not. */
export function oldestInstead({ at, oldest }: CountsAnswer): string | null {
  if (at.length > 0 || oldest === null) return null;
  const from = Date.parse(oldest);
  return questionOf(oldest, new Date(from + WINDOW_MS).toISOString());
}

function questionOf(from: string, to: string): string {
  return new URLSearchParams({ series: 'tcp_sockets', from, to }).toString();
}

/** The newest counts of the answer, or its oldest; null where nothing was recorded then. */
export function countsIn({ at, series }: CountsAnswer, which: 'newest' | 'oldest'): Before | null {
  const isKnown = (point: number) => series.some(({ mean }) => typeof mean[point] === 'number');
  const points = [...at.keys()];
  const point = which === 'newest' ? points.findLast(isKnown) : points.find(isKnown);
  if (point === undefined) return null;
  const counts = new Map<State, number>();
  for (const state of STATES) {
    const count = series.find(({ name }) => name === `tcp_sockets{state="${stateLabel(state)}"}`)?.mean[
      point
    ];
    if (typeof count === 'number') counts.set(state, Math.round(count));
  }
  return { at: at[point]!, counts };
}

/** How `count` at the moment `at` differs; null where that is not known, or nothing. */
export function differenceSince(
  before: Before | null,
  state: State,
  count: number,
  at: number,
): Difference | null {
  const then = before?.counts.get(state);
  if (!before || then === undefined) return null;
  const seconds = Math.round((at - before.at) / 1000);
  return seconds < LEAST_SECONDS || then === count ? null : { by: count - then, seconds };
}
