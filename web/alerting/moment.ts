import type { Language } from '../../server/model/alert.ts';

/**
 * A moment as people of a language say it: `14:03:09` on the same day, else with the day, and the year where it is another. What
 * lies ahead is planned to the minute: `14:03`.
 */
export function momentIn(language: Language, iso: string, nowMs: number): string {
  const [date, now] = [new Date(iso), new Date(nowMs)];
  const isThisYear = date.getFullYear() === now.getFullYear();
  if (date.toDateString() === now.toDateString()) {
    return new Intl.DateTimeFormat(language, {
      timeStyle: date > now ? 'short' : 'medium',
      hourCycle: 'h23',
    }).format(date);
  }
  return new Intl.DateTimeFormat(language, {
    ...(isThisYear ? { weekday: 'short' } : { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(date);
}

/** What a field for a local date and time takes: `2026-11-22T14:03`. */
export function fieldOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
