import type { Alert } from '../model/alert.ts';
import { matches, parseMatcher, type Matcher } from '../model/matcher.ts';
import type { QuietHours } from '../model/options.ts';

const DAY_MINUTES = 24 * 60;

/** Hours in which nobody is told of what can wait. */
export interface Quiet {
  readonly matchers: readonly Matcher[];
  readonly isNow: (wallMs: number) => boolean;
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
  return {
    matchers: matchers.map((matcher) => parseMatcher(matcher)),
    isNow(wallMs) {
      const { hour, minute } = partsOf(format, wallMs);
      const now = Number(hour) * 60 + Number(minute);
      if (begin < end) return now >= begin && now < end && isDay(wallMs);
      // Over midnight: what belongs to the day before is judged by that day; noon of it is safe from any clock change.
      if (now >= begin) return isDay(wallMs);
      return now < end && isDay(wallMs - (now + DAY_MINUTES / 2) * 60_000);
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
