import { RANGES } from '../place.ts';

/** What charts show, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const iso = (moment: number) => new Date(moment).toISOString();

/** Nothing is kept more finely: what is narrower would show no more. */
const NARROWEST_MS = 10_000;
const WIDEST_MS = RANGES.at(-1)! * 1000;

/** The same length, later by that part of it (earlier where it is negative), but never beyond now. */
export function shifted({ from, to }: Range, part: number, now: number): Range {
  const by = Math.min((to - from) * part, Math.max(0, now - to));
  return { from: Math.round(from + by), to: Math.round(to + by) };
}

/** Longer or shorter by that factor, with the moment at the same place in it, within what makes sense. */
export function zoomed({ from, to }: Range, factor: number, moment: number, now: number): Range {
  const length = Math.min(Math.max((to - from) * factor, NARROWEST_MS), WIDEST_MS);
  const begin = moment - ((moment - from) / (to - from)) * length;
  return within({ from: Math.round(begin), to: Math.round(begin + length) }, now);
}

/** What was dragged over, whichever way, at least as long as makes sense. */
export function between(a: number, b: number, now: number): Range {
  const [from, to] = a < b ? [a, b] : [b, a];
  const missing = Math.max(0, NARROWEST_MS - (to - from));
  return within({ from: Math.round(from - missing / 2), to: Math.round(to + missing / 2) }, now);
}

function within({ from, to }: Range, now: number): Range {
  const beyond = Math.max(0, to - now);
  return { from: from - beyond, to: to - beyond };
}

/** How often charts of that range move on: by about a pixel, and no more often than there are passes. */
export function periodOf(rangeMs: number): number {
  const seconds = Math.ceil(rangeMs / 1000 / 600);
  return Math.min(Math.max(seconds, 1), 60) * 1000;
}
