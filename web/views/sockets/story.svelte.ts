import type { Story } from '../../../server/model/api.ts';
import { AnswerError, ask } from '../../ask.ts';

const MIN_PERIOD_MS = 1000;
/** What the server says of an id of no socket, and of one that is none, as a link may have it. */
const NONE: readonly string[] = ['not_found', 'bad_parameter', 'bad_request'];

/** The story of one socket, told again with each pass; when it has ended, what was last known of it stays. */
export class StoryOf {
  story = $state.raw<Story | null>(null);
  /** There is no socket of that id, or none any more. */
  ended = $state(false);
  failure = $state<string | null>(null);
  #id: string | null = null;
  #running: AbortController | null = null;
  #askedAt = -Infinity;

  ask(id: string): void {
    this.stop();
    if (id !== this.#id) this.story = null;
    this.#id = id;
    this.ended = false;
    this.failure = null;
    void this.#fetch();
  }

  /** An id never comes back: what has ended is not asked for again. */
  refresh(): void {
    if (this.ended || this.#running || performance.now() < this.#askedAt + MIN_PERIOD_MS * 0.9) return;
    void this.#fetch();
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #fetch(): Promise<void> {
    const run = new AbortController();
    this.#running = run;
    this.#askedAt = performance.now();
    try {
      const story = await ask<Story>(`sockets/${encodeURIComponent(this.#id ?? '')}`, '', run.signal);
      if (this.#running !== run) return;
      this.story = story;
      this.ended = false;
      this.failure = null;
    } catch (error) {
      if (run.signal.aborted) return;
      if (!(error instanceof AnswerError)) throw error;
      this.ended = NONE.includes(error.code);
      this.failure = this.ended ? null : error.message;
    }
    if (this.#running === run) this.#running = null;
  }
}
