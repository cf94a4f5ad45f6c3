import type { Language } from '../../server/model/alert.ts';

/** Moments as people of a language write them, in the time zone of the browser. */
export interface Clock {
  /** Under an axis that shows so many milliseconds. */
  axis(moment: number, rangeMs: number): string;
  /** In words, as exact as a second; the day only where it is not today, the year only where it is another. */
  moment(moment: number, now: number): string;
}

const DAY_MS = 86_400_000;

export function clockFor(language: Language): Clock {
  const made = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { hourCycle: 'h23', ...options });
  const seconds = made({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const minutes = made({ hour: '2-digit', minute: '2-digit' });
  const dayAndHour = made({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  const day = made({ month: 'short', day: 'numeric' });
  const month = made({ year: 'numeric', month: 'short' });
  const onDay = made({
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const inYear = made({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });

  return {
    axis(moment, rangeMs) {
      if (rangeMs <= 20 * 60_000) return seconds.format(moment);
      if (rangeMs <= DAY_MS) return minutes.format(moment);
      if (rangeMs <= 4 * DAY_MS) return dayAndHour.format(moment);
      return rangeMs <= 120 * DAY_MS ? day.format(moment) : month.format(moment);
    },
    moment(moment, now) {
      const [then, today] = [new Date(moment), new Date(now)];
      if (then.getFullYear() !== today.getFullYear()) return inYear.format(moment);
      return then.toDateString() === today.toDateString() ? seconds.format(moment) : onDay.format(moment);
    },
  };
}
