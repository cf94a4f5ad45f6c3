import { untrack } from 'svelte';
import type { EpisodesAnswer, FindingsAnswer } from '../../../server/model/api.ts';
import type { Finding } from '../../../server/model/finding.ts';
import { AnswerError, ask, UNREACHABLE } from '../../ask.ts';
import { live } from '../../live.svelte.ts';
import { hrefTo, place } from '../../place.svelte.ts';
import type { Mark } from '../../time/marks.ts';
import { between, iso } from '../../time/range.ts';
import { time } from '../../time/time.svelte.ts';

const MIN_PERIOD_MS = 1000;
/** Longer than anything is kept. */
const FAR_BACK = 'now-3650d';
const MAX_EPISODES = 20;

type Told = FindingsAnswer['findings'][number];
export type Episode = EpisodesAnswer['episodes'][number];

/** When it stood, on the time axis; each leads to how it was then. */
export function marksOf(episodes: readonly Episode[]): Mark[] {
  return episodes.map((episode) => ({
    id: episode.startsAt,
    severity: episode.severity,
    title: episode.title,
    from: Date.parse(episode.startsAt),
    to: episode.endsAt === null ? null : Date.parse(episode.endsAt),
    href: hrefAt(episode),
  }));
}

/** The page as it was then, its charts around that time. */
export function hrefAt({ startsAt, lastSeenAt }: Episode): string {
  const [from, at] = [Date.parse(startsAt), Date.parse(lastSeenAt)];
  const margin = (at - from) / 4 + 60_000;
  return hrefTo({ at, ...between(from - margin, at + margin, time.now()) });
}

/**
 * The finding that the address names: as it stands now, with the sockets that show it, or, where it does not, as it was at the
 * last, or at the moment that the page shows. To be made while a component is.
 */
export class Subject {
  readonly #id = $derived(place.current.id ?? '');
  readonly #at = $derived(time.at);
  #told = $state.raw<Told | null>(null);
  #toldOf = $state('');
  #episodes = $state.raw<readonly Episode[]>([]);
  #problem = $state<string | null>(null);
  /** Of `#key`: all that can be known has been asked for. */
  #asked = $state('');
  #askedAt = -MIN_PERIOD_MS;

  /** What is looked at: another finding or moment begins anew. */
  readonly #key = $derived(`${this.#id} ${this.#at ?? ''}`);
  readonly #present = $derived(live.state?.findings.find(({ fingerprint }) => fingerprint === this.#id));
  /** Not each pass is a reason to ask for what is past. */
  readonly #isReady = $derived(live.state !== null);
  readonly isPresent = $derived(this.#present !== undefined);

  constructor() {
    $effect(() => {
      if (this.#at !== null || !this.isPresent || live.pass === 0 || document.hidden) return;
      const key = this.#key;
      untrack(() => void this.#askForExamples(key));
    });
    $effect(() => {
      if (!this.#isReady) return;
      const [key, id, at, isPresent] = [this.#key, this.#id, this.#at, this.isPresent];
      const running = new AbortController();
      void this.#askForPast(key, id, at, isPresent, running.signal);
      return () => running.abort();
    });
  }

  /** null: there is none, or it is not known yet; see `asked`. */
  readonly finding = $derived.by((): Finding | null => {
    const told = this.#toldOf === this.#key ? this.#told : null;
    if (this.#at !== null || !this.#present) return told;
    return { ...this.#present, examples: told?.examples ?? [] };
  });

  /** Set where what is told is of the past. */
  readonly past = $derived.by((): Told['past'] | null => {
    const told = this.#toldOf === this.#key ? this.#told : null;
    return this.#at === null && this.isPresent ? null : (told?.past ?? null);
  });

  /** When it stood, the last time first. */
  get episodes(): readonly Episode[] {
    return this.#episodes.filter(({ fingerprint }) => fingerprint === this.#id);
  }

  /** Whether all was asked for that could tell of it. */
  get asked(): boolean {
    return this.#asked === this.#key;
  }

  /** Why something could not be read; empty where the server did not answer. */
  get problem(): string | null {
    return this.#problem;
  }

  async #askForExamples(key: string): Promise<void> {
    if (performance.now() < this.#askedAt + MIN_PERIOD_MS && this.#toldOf === key) return;
    this.#askedAt = performance.now();
    try {
      const { findings } = await ask<FindingsAnswer>('findings', [['fingerprint', this.#id]]);
      if (key === this.#key && findings[0]) this.#take(key, findings[0]);
    } catch {
      // What was shown stays; it is asked again with the next pass.
    }
  }

  async #askForPast(
    key: string,
    id: string,
    at: number | null,
    isPresent: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    let problem: string | null = null;
    try {
      const limits = [
        ['from', FAR_BACK],
        ['limit', String(MAX_EPISODES)],
      ] as const;
      const found = await ask<EpisodesAnswer>('findings/episodes', [['fingerprint', id], ...limits], signal);
      this.#episodes = found.episodes;
      const moment = at === null ? found.episodes[0]?.lastSeenAt : iso(at);
      if (moment !== undefined && (at !== null || !isPresent)) {
        const asked = [
          ['fingerprint', id],
          ['at', moment],
        ] as const;
        const { findings } = await ask<FindingsAnswer>('findings', asked, signal);
        if (findings[0]) this.#take(key, findings[0]);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof AnswerError)) throw error;
      if (error.code !== 'not_kept') problem = error.code === UNREACHABLE ? '' : error.message;
    }
    this.#problem = problem;
    this.#asked = key;
  }

  #take(key: string, told: Told): void {
    this.#told = told;
    this.#toldOf = key;
  }
}
