/** How finely samples are kept, and how long. Each tier is made of the one before it. */
export interface Tier {
  readonly stepSeconds: number;
  readonly keepSeconds: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Quarter hours are kept so many times as long as minutes. */
const LONG = 12;
/** A query for the last hour is not to find its first seconds just deleted. */
const SLACK_SECONDS = 120;

/** The last tier, of four hours, is there so that a year of many series can be read as fast as a day. */
export function tiersFor(retentionSeconds: number): readonly Tier[] {
  return [
    { stepSeconds: 1, keepSeconds: Math.min(HOUR, retentionSeconds) + SLACK_SECONDS },
    { stepSeconds: 10, keepSeconds: Math.min(DAY, retentionSeconds) + SLACK_SECONDS },
    { stepSeconds: 60, keepSeconds: retentionSeconds },
    { stepSeconds: 900, keepSeconds: LONG * retentionSeconds },
    { stepSeconds: 14_400, keepSeconds: LONG * retentionSeconds },
  ];
}

/** Index of the tier of minutes: by how many of them there are it is known how long Halfclose has been recording. */
export const MINUTES = 2;

/** The beginning of the step that a second is in. */
export function stepOf(second: number, stepSeconds: number): number {
  return Math.floor(second / stepSeconds) * stepSeconds;
}
