/** How the values of a chart are written and spread along its axis. */
export type Unit = 'count' | 'rate' | 'share' | 'seconds';

/** Up to here the decades alone are too few to read a count from. */
const FEW = 50;

/** 0, 1, 10, 100, … up to the highest count; with 2 and 5 between them where counts are small. */
export function logarithmicSplits(high: number): number[] {
  const splits = [0];
  for (let decade = 1; decade <= high; decade *= 10) {
    for (const step of high <= FEW ? [1, 2, 5] : [1]) if (decade * step <= high) splits.push(decade * step);
  }
  return splits;
}

/** A limit is in view from such a part of it on; below it stands at the edge, or what is there would be a flat line. */
const NEAR_LIMIT = 1 / 4;
/** So that a handful of sockets is not drawn as a mountain. */
const LEAST_COUNT = 4;

export function highestOf(
  most: number,
  { unit, logarithmic, limit }: { unit: Unit; logarithmic: boolean; limit: number | null },
): number {
  const isNear = limit !== null && (most >= limit * NEAR_LIMIT || logarithmic);
  const reached = Math.max(isNear ? limit : 0, most);
  const least = unit === 'count' ? LEAST_COUNT : 0;
  return Math.max(least, reached * (logarithmic ? 1.5 : 1.08)) || 1;
}
