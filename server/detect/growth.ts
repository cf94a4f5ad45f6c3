import type { Forecast } from '../model/finding.ts';
import type { Trend } from '../model/snapshot.ts';

/** Less than this over the whole window is one socket coming and going. */
const MIN_GROWTH = 2;

/**
 * By how much a count has grown over its window; 0 where it has not grown for certain. The median of slopes is above 0 only
 * where most pairs of samples rise, so noise around a level gives 0.
 */
export function growsBy(trend: Trend | null): number {
  if (trend === null) return 0;
  const growth = trend.perSecond * trend.windowSeconds;
  return growth >= MIN_GROWTH ? growth : 0;
}

export function perMinute(trend: Trend | null): number | null {
  return trend === null ? null : trend.perSecond * 60;
}

/** When a limit is reached if the growing ones of these trends go on; undefined where none grows or a number is missing. */
export function exhaustion(
  limit: Forecast['limit'],
  used: number | null,
  max: number | null,
  trends: readonly (Trend | null)[],
): Forecast | undefined {
  if (used === null || max === null || !Number.isFinite(max)) return undefined;
  const growing = trends.flatMap((trend) => (trend !== null && growsBy(trend) > 0 ? [trend] : []));
  const perSecond = sum(growing.map((trend) => trend.perSecond));
  if (perSecond <= 0) return undefined;
  const left = Math.max(0, max - used);
  const lowPerSecond = sum(growing.map((trend) => trend.lowPerSecond));
  return {
    limit,
    used,
    max,
    perSecond,
    inSeconds: left / perSecond,
    soonestSeconds: left / sum(growing.map((trend) => trend.highPerSecond)),
    latestSeconds: lowPerSecond > 0 ? left / lowPerSecond : null,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A limit that can be reached, or null: none is known, or there is none. */
export function finite(limit: number | null): number | null {
  return limit !== null && Number.isFinite(limit) ? limit : null;
}
