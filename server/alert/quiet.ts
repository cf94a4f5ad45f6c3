import type { Alert } from '../model/alert.ts';
import type { QuietHoursStatus } from '../model/alert-api.ts';
import { matches, parseMatcher, type Matcher } from '../model/matcher.ts';
import type { QuietHours } from '../model/options.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** Days go by their names: what has not changed within a week never will. */
const MAX_AHEAD_MS = 8 * DAY_MINUTES * MINUTE_MS;
/** As much as any clock change of today skips or repeats. */
const CLOCK_CHANGE_MINUTES = 60;

/** Hours in which nobody is told of what can wait. */
export interface Quiet {
  readonly matchers: readonly Matcher[];
  readonly isNow: (wallMs: number) => boolean;
  /** For people: the configuration, and what of it is so now. */
  readonly status: (wallMs: number) => QuietHoursStatus;
}

/** Throws where a matcher or the time zone is none. */
export function quietOf({ from, to, days, timezone, matchers }: QuietHours): Quiet {
  const begin = minutesOf(from);
  const end = minutesOf(to);
  // By the calendar, so that the clock change in spring and autumn needs nothing more.
  const format = new Intl.DateTimeFormat('en', {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timezone !== undefined && { timeZone: timezone }),
  });
  const isDay = (date: number) => {
    const { weekday = '' } = partsOf(format, date);
    return days.some((day) => day === weekday.toLowerCase());
  };
  const minuteOf = (wallMs: number) => {
    const { hour, minute } = partsOf(format, wallMs);
    return Number(hour) * 60 + Number(minute);
  };
  const isNow = (wallMs: number) => {
    const now = minuteOf(wallMs);
    if (begin < end) return now >= begin && now < end && isDay(wallMs);
    // Over midnight: what belongs to the day before is judged by that day; noon of it is safe from any clock change.
    if (now >= begin) return isDay(wallMs);
    return now < end && isDay(wallMs - (now + DAY_MINUTES / 2) * MINUTE_MS);
  };
  /** When they begin, or end where they hold, at the full minute; null: never. */
  const changesAt = (wallMs: number, holds: boolean) => {
    const next = holds ? end : begin;
    let at = Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
    // In leaps to shortly before the time of day, then by the minute: a clock change may have moved it.
    while (at - wallMs < MAX_AHEAD_MS) {
      if (isNow(at) !== holds) return at;
      const minutes = (next - minuteOf(at) + DAY_MINUTES) % DAY_MINUTES;
      at += Math.max(1, minutes - CLOCK_CHANGE_MINUTES) * MINUTE_MS;
    }
    return null;
  };
  return {
    matchers: matchers.map((matcher) => parseMatcher(matcher)),
    isNow,
    status(wallMs) {
      const holds = isNow(wallMs);
      const change = changesAt(wallMs, holds);
      return {
        from,
        to,
        days: [...days],
        timezone: format.resolvedOptions().timeZone,
        matchers: [...matchers],
        holds,
        changesAt: change === null ? null : new Date(change).toISOString(),
      };
    },
  };
}

/** At one moment: whether an alert with these labels has to wait. */
export function quietAt(hours: readonly Quiet[], wallMs: number): (labels: Alert['labels']) => boolean {
  const running = hours.filter(({ isNow }) => isNow(wallMs));
  return (labels) => running.some(({ matchers }) => matches(matchers, labels));
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

function partsOf(format: Intl.DateTimeFormat, date: number): Record<string, string> {
  return Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value]));
}
