import { randomUUID } from 'node:crypto';
import type { Alert } from '../model/alert.ts';
import type { Made } from '../model/alerts.ts';
import { parseDuration } from '../model/duration.ts';
import { matches, parseMatcher, type Matcher } from '../model/matcher.ts';
import { MAX_SILENCES, type NewSilence, type Silence } from '../model/silence.ts';

/** An expired one is listed for a day: who made it wants to see that it is over. */
const KEPT_MS = 86_400_000;
const MAX_DURATION_SECONDS = 21 * 86_400;

interface Held {
  readonly silence: Silence;
  readonly matchers: readonly Matcher[];
}

/** The silences, in memory; who calls writes down what has changed. Times are the wall clock's. */
export class Silences {
  readonly #held = new Map<string, Held>();

  constructor(stored: readonly Silence[]) {
    for (const silence of stored) this.#hold(silence);
  }

  /** Soonest to end first, expired ones last. */
  list(nowMs: number): Silence[] {
    const ends = ({ endsAt }: Silence) => Date.parse(endsAt);
    const all = [...this.#held.values()].map(({ silence }) => silence);
    const [running, expired] = [
      all.filter((each) => ends(each) > nowMs),
      all.filter((each) => ends(each) <= nowMs),
    ];
    return [
      ...running.toSorted((a, b) => ends(a) - ends(b)),
      ...expired.toSorted((a, b) => ends(b) - ends(a)),
    ];
  }

  /** At one moment: ids of those that hold for an alert with these labels. */
  at(nowMs: number): (labels: Alert['labels']) => string[] {
    const running = [...this.#held.values()].filter(
      ({ silence }) => Date.parse(silence.startsAt) <= nowMs && nowMs < Date.parse(silence.endsAt),
    );
    return (labels) =>
      running.filter(({ matchers }) => matches(matchers, labels)).map(({ silence }) => silence.id);
  }

  add(
    { matchers, author, comment = '', startsAt, endsAt, duration }: NewSilence,
    nowMs: number,
  ): Made<Silence> {
    const startMs = Math.max(nowMs, startsAt === undefined ? nowMs : Date.parse(startsAt));
    const endMs = endOf(startMs, endsAt, duration);
    if (typeof endMs === 'string') return { problem: endMs };
    if (endMs <= startMs) return { problem: 'endsAt: expected a time after the start, and after now' };
    if (this.#held.size >= MAX_SILENCES) return { problem: `expected at most ${MAX_SILENCES} silences` };
    const iso = (ms: number) => new Date(ms).toISOString();
    const silence: Silence = {
      id: randomUUID(),
      matchers,
      author,
      comment,
      createdAt: iso(nowMs),
      startsAt: iso(startMs),
      endsAt: iso(endMs),
    };
    try {
      this.#hold(silence);
    } catch (err) {
      return { problem: err instanceof Error ? err.message : String(err) };
    }
    return { made: silence };
  }

  /** Ends one now. undefined: there is none of that id, or it has ended. */
  expire(id: string, nowMs: number): Silence | undefined {
    const held = this.#held.get(id);
    if (!held || Date.parse(held.silence.endsAt) <= nowMs) return undefined;
    const silence = { ...held.silence, endsAt: new Date(nowMs).toISOString() };
    this.#held.set(id, { ...held, silence });
    return silence;
  }

  /** Ids of those that have been over for long, which are forgotten. */
  prune(nowMs: number): string[] {
    const old = [...this.#held.values()].filter(
      ({ silence }) => Date.parse(silence.endsAt) < nowMs - KEPT_MS,
    );
    for (const { silence } of old) this.#held.delete(silence.id);
    return old.map(({ silence }) => silence.id);
  }

  /** Throws where a matcher is none. */
  #hold(silence: Silence): void {
    this.#held.set(silence.id, {
      silence,
      matchers: silence.matchers.map((matcher) => parseMatcher(matcher)),
    });
  }
}

function endOf(startMs: number, endsAt: string | undefined, duration: string | undefined): number | string {
  if ((endsAt === undefined) === (duration === undefined)) return 'expected either endsAt or duration';
  if (endsAt !== undefined) return Date.parse(endsAt);
  const seconds = parseDuration(duration ?? '');
  if (seconds === undefined || seconds <= 0 || seconds > MAX_DURATION_SECONDS) {
    return `duration: expected a duration such as 30m or 2h, longer than 0s and at most 3w, found ${JSON.stringify(duration)}`;
  }
  return startMs + seconds * 1000;
}
