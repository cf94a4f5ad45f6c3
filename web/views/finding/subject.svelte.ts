import { untrack } from 'svelte';
import type { EpisodesAnswer, FindingsAnswer } from '../../../server/model/api.ts';
import type { Finding } from '../../../server/model/finding.ts';
import { live } from '../../live.svelte.ts';
import { place } from '../../place.svelte.ts';
import { get, isoTime } from './ask.ts';

const MIN_PERIOD_MS = 1000;
/** Longer than anything is kept. */
const FAR_BACK = 'now-3650d';
const MAX_EPISODES = 20;

type Told = FindingsAnswer['findings'][number];
export type Episode = EpisodesAnswer['episodes'][number];

/**
 * The finding that the address names: as it stands now, with the sockets that show it, or, where it does not, as it was at the
 * last, or at the moment that the page shows. To be made while a component is.
 */
export class Subject {
  readonly #id = $derived(place.current.id ?? '');
  readonly #at = $derived(place.current.at);
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
  readonly isPresent = $derived(this.#present !== undefined);

  constructor() {
    $effect(() => {
      if (this.#at !== null || !this.isPresent || live.pass === 0) return;
      const key = this.#key;
      untrack(() => void this.#askForExamples(key));
    });
    $effect(() => {
      if (!live.state) return;
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
    const answer = await get<FindingsAnswer>('findings', { fingerprint: this.#id });
    if (key !== this.#key || 'problem' in answer) return;
    const [told] = answer.value.findings;
    if (told) this.#take(key, told);
  }

  async #askForPast(
    key: string,
    id: string,
    at: number | null,
    isPresent: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await get<EpisodesAnswer>(
      'findings/episodes',
      { fingerprint: id, from: FAR_BACK, limit: String(MAX_EPISODES) },
      signal,
    );
    if (signal.aborted) return;
    if ('value' in found) this.#episodes = found.value.episodes;
    const moment = at === null ? this.episodes[0]?.lastSeenAt : isoTime(at);
    let problem = 'problem' in found ? found.problem : null;
    if ((at !== null || !isPresent) && moment !== undefined) {
      const answer = await get<FindingsAnswer>('findings', { fingerprint: id, at: moment }, signal);
      if (signal.aborted) return;
      const told = 'value' in answer ? answer.value.findings[0] : undefined;
      if (told) this.#take(key, told);
      problem = 'problem' in answer && answer.code !== 'not_kept' ? answer.problem : problem;
    }
    this.#problem = problem;
    this.#asked = key;
  }

  #take(key: string, told: Told): void {
    this.#told = told;
    this.#toldOf = key;
  }
}
