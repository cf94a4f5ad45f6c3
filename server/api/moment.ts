import { parseDuration } from '../model/duration.ts';
import { refuse } from './errors.ts';

/** What `parseMoment` takes, for those who are told. */
export const MOMENT_FORM = 'a time as 2026-01-02T03:04:05Z, now, or now-1h';

/** Milliseconds since 1970; undefined where the text is no moment. `now` is in milliseconds too. */
function parseMoment(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  if (text.startsWith('now-')) {
    const seconds = parseDuration(text.slice('now-'.length));
    return seconds === undefined ? undefined : now - seconds * 1000;
  }
  // Without an offset it would be in whatever zone the server is in.
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** The same of the parameter of that name, which is refused where it is none. */
export function momentOf(name: string, text: string, now: number): number {
  return parseMoment(text, now) ?? refuse(name, MOMENT_FORM, text);
}
