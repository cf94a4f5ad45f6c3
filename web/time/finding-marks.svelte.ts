import type { EpisodesAnswer } from '../../server/model/api.ts';
import { ask } from '../ask.ts';
import { language } from '../language.svelte.ts';
import { live } from '../live.svelte.ts';
import { hrefTo } from '../place.svelte.ts';
import type { Mark } from './marks.ts';
import { iso } from './range.ts';
import { time } from './time.svelte.ts';

const LIMIT = 300;
/** While nothing begins or ends, the range moves on, and new ones come by live news. */
const EVERY_MS = 60_000;
/** What the page is told of is written then; and who moves a range step by step asks once. */
const SOON_MS = 300;

/**
 * The findings of the range that charts show, for marks under them. To be made while a component is: it asks as long as that
 * is there.
 */
export class FindingMarks {
  #answer = $state.raw<EpisodesAnswer | null>(null);
  readonly #standing = $derived(
    (live.state?.findings ?? [])
      .map(({ fingerprint }) => fingerprint)
      .sort()
      .join(' '),
  );
  readonly #minute = $derived(Math.floor(time.to / EVERY_MS));

  constructor() {
    $effect(() => {
      void this.#standing;
      const { isNow, rangeSeconds } = time;
      const to = isNow ? (this.#minute + 2) * EVERY_MS : time.to;
      const from = isNow ? to - rangeSeconds * 1000 - 2 * EVERY_MS : time.from;
      const running = new AbortController();
      const lang = language.current;
      const timer = setTimeout(() => void this.#ask(from, to, lang, running.signal), SOON_MS);
      return () => {
        clearTimeout(timer);
        running.abort();
      };
    });
  }

  async #ask(from: number, to: number, lang: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await ask<EpisodesAnswer>(
        'findings/episodes',
        [
          ['from', iso(from)],
          ['to', iso(to)],
          ['lang', lang],
          ['limit', String(LIMIT)],
        ],
        signal,
      );
      this.#answer = answer;
    } catch {
      // Without a store there are none, and the chart says why; a server that is away is asked again.
    }
  }

  readonly marks = $derived.by((): readonly Mark[] =>
    (this.#answer?.episodes ?? []).map(({ fingerprint, severity, title, startsAt, endsAt }) => ({
      id: `${fingerprint} ${startsAt}`,
      severity,
      title,
      from: Date.parse(startsAt),
      to: endsAt === null ? null : Date.parse(endsAt),
      href: hrefTo({ view: 'finding', id: fingerprint }),
    })),
  );
}
