import type { HistoryApiAnswer } from '../../server/model/api.ts';
import { stateLabel, STATES, type State } from '../../server/model/state.ts';
import type { History } from '../stream.ts';
import type { Range } from './range.ts';

/** What is known over time of some series: columns of equal length, oldest first. */
export interface Columns {
  /** Beginning of each step, in milliseconds since 1970. */
  readonly at: readonly number[];
  readonly stepMs: number;
  /** In the order in which they were asked for; null where nothing is known. */
  readonly lines: readonly Line[];
  /** Whether Halfclose was watching: a value wherever there was a pass. */
  readonly pulse: readonly (number | null)[];
  /** Nothing is kept from before; null: nothing at all. */
  readonly oldest: number | null;
  /** Until when they were asked for: of what is later nothing is known yet. */
  readonly until: number;
}

export interface Line {
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** It has a value on every pass, so that where it has none nobody was watching. */
export const PULSE = 'tcp_sockets{state="listen"}';

/** Samples farther apart than so many times what is usual have a gap between them. */
const GAP_STEPS = 3;

/** The columns of an answer of GET history, for these series in that order. */
export function columnsOf(answer: HistoryApiAnswer, series: readonly string[], until: number): Columns {
  const found = new Map(answer.series.map((each) => [each.name, each]));
  const nothing = answer.at.map(() => null);
  const line = (name: string): Line => found.get(name) ?? { mean: nothing, min: nothing, max: nothing };
  return {
    at: answer.at,
    stepMs: answer.stepSeconds * 1000,
    lines: series.map(line),
    pulse: line(PULSE).mean,
    oldest: answer.oldest === null ? null : Date.parse(answer.oldest),
    until,
  };
}

/** The columns with a newer answer at their end, which is right where both have a step; null where they do not fit. */
export function extended(before: Columns, tail: Columns, from: number): Columns | null {
  if (before.stepMs !== tail.stepMs || before.lines.length !== tail.lines.length) return null;
  const first = tail.at[0];
  if (first === undefined) return { ...before, until: tail.until };
  const end = before.at.findIndex((at) => at >= first);
  const kept = end < 0 ? before.at.length : end;
  // Between both there may be steps that nobody asked for.
  if (kept > 0 && first - before.at[kept - 1]! > before.stepMs) return null;
  // One step before the range: the lines enter from the left.
  const begin = Math.max(
    0,
    before.at.findIndex((at) => at >= from - before.stepMs),
  );
  const join = <T>(a: readonly T[], b: readonly T[]) => [...a.slice(begin, kept), ...b];
  return {
    at: join(before.at, tail.at),
    stepMs: before.stepMs,
    lines: before.lines.map(({ mean, min, max }, i) => ({
      mean: join(mean, tail.lines[i]!.mean),
      min: join(min, tail.lines[i]!.min),
      max: join(max, tail.lines[i]!.max),
    })),
    pulse: join(before.pulse, tail.pulse),
    oldest: tail.oldest,
    until: tail.until,
  };
}

/** The states whose counts these series are; null where one is something else. */
export function statesOf(series: readonly string[]): readonly State[] | null {
  const states = series.map((name) =>
    STATES.find((state) => name === `tcp_sockets{state="${stateLabel(state)}"}`),
  );
  return states.every((state) => state !== undefined) ? states : null;
}

/** The same from what the page has been told live, of this range, in steps of that length. */
export function columnsOfLive(
  history: History,
  states: readonly State[],
  { from, to }: Range,
  stepMs: number,
): Columns {
  const first = Math.max(0, history.at.findIndex((at) => at * 1000 >= from) - 1);
  const later = history.at.findIndex((at) => at * 1000 > to);
  const end = later < 0 ? history.at.length : later;
  const at: number[] = [];
  /** Where each step begins among the samples, and at last their end. */
  const begins: number[] = [];
  for (let i = first; i < end; i++) {
    const step = Math.floor((history.at[i]! * 1000) / stepMs) * stepMs;
    if (step === at.at(-1)) continue;
    at.push(step);
    begins.push(i);
  }
  begins.push(end);
  const [oldest] = history.at;
  return {
    at,
    stepMs,
    lines: states.map((state) => stepped(history.byState[state], begins)),
    pulse: stepped(history.byState.LISTEN, begins).mean,
    oldest: oldest === undefined ? null : Math.floor(oldest * 1000),
    until: to,
  };
}

/** The least, the mean and the most of each step; what is not known among them counts for nothing. */
function stepped(counts: readonly (number | null)[], begins: readonly number[]): Line {
  const line = { min: [] as (number | null)[], mean: [] as (number | null)[], max: [] as (number | null)[] };
  for (let step = 0; step + 1 < begins.length; step++) {
    let [known, sum, min, max] = [0, 0, Infinity, -Infinity];
    for (let i = begins[step]!; i < begins[step + 1]!; i++) {
      const count = counts[i] ?? null;
      if (count === null) continue;
      known++;
      sum += count;
      if (count < min) min = count;
      if (count > max) max = count;
    }
    line.min.push(known ? min : null);
    line.mean.push(known ? sum / known : null);
    line.max.push(known ? max : null);
  }
  return line;
}

/** How far apart known samples usually are; the step where there are too few to tell. */
function usualMs(at: readonly number[], values: readonly (number | null)[], stepMs: number): number {
  const distances: number[] = [];
  let before: number | null = null;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (before !== null) distances.push(at[i]! - before);
    before = at[i]!;
  }
  return Math.max(stepMs, distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0);
}

/**
 * A line as uPlot draws it: null, where it breaks, only in a gap; elsewhere undefined, over which it goes on. So a series that
 * is sampled more seldom than there are steps is a line, and no row of dots.
 */
export function bridged(
  at: readonly number[],
  values: readonly (number | null)[],
  stepMs: number,
): (number | null | undefined)[] {
  const most = GAP_STEPS * usualMs(at, values, stepMs);
  const line: (number | null | undefined)[] = [...values];
  let known = -1;
  const bridge = (from: number, to: number) => {
    if (at[to]! - at[from]! <= most) line.fill(undefined, from + 1, to);
  };
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (known >= 0) bridge(known, i);
    known = i;
  }
  // What may still come is no gap yet.
  if (known >= 0 && at.length > 0) bridge(known, at.length - 1);
  return line;
}

/** Where nobody was watching, within the range and what is kept. */
export function gapsOf({ at, pulse, stepMs, oldest, until }: Columns, range: Range): Range[] {
  if (oldest === null) return [];
  const { from } = range;
  const to = Math.min(range.to, until);
  const most = GAP_STEPS * usualMs(at, pulse, stepMs);
  const known = at.filter((_, i) => pulse[i] !== null);
  const edges = [Math.max(from, oldest), ...known, to];
  return edges.slice(1).flatMap((end, i) => {
    const begin = edges[i]!;
    // A step stands for all of its length.
    const after = i === 0 ? begin : begin + stepMs;
    return end - begin > most && end > after ? [{ from: Math.max(after, from), to: Math.min(end, to) }] : [];
  });
}

/**
 * Counts as they are drawn: without the stretches at zero, where the lines of most states would lie on one another. A line
 * leaves zero and comes back to it; steps that it goes over (undefined) count for nothing.
 */
export function withoutZeros(values: readonly (number | null | undefined)[]): (number | null | undefined)[] {
  const line = [...values];
  const known = [...values.keys()].filter((i) => values[i] !== undefined);
  for (const [n, i] of known.entries()) {
    const isZero = (index: number | undefined) => index === undefined || !values[index];
    if (values[i] === 0 && isZero(known[n - 1]) && isZero(known[n + 1])) line[i] = null;
  }
  return line;
}

export interface Extremes {
  readonly min: number | null;
  readonly max: number | null;
  readonly last: number | null;
}

/** The least and the most within a range, and what was last known in it. */
export function extremesOf(at: readonly number[], line: Line, { from, to }: Range): Extremes {
  let [min, max, last]: (number | null)[] = [null, null, null];
  for (const [i, moment] of at.entries()) {
    const value = line.mean[i] ?? null;
    if (value === null || moment < from || moment > to) continue;
    last = value;
    min = Math.min(min ?? Infinity, line.min[i] ?? value);
    max = Math.max(max ?? -Infinity, line.max[i] ?? value);
  }
  return { min: min ?? null, max: max ?? null, last: last ?? null };
}
