import type { Story } from '../../../server/model/api.ts';

const MIN_PERIOD_MS = 1000;

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
      const response = await fetch(`/api/v1/sockets/${encodeURIComponent(this.#id ?? '')}`, {
        signal: run.signal,
      });
      const body = (await response.json()) as Story & { error?: { message: string } };
      if (this.#running !== run) return;
      // An id that is none, as a link may have it, is that of no socket too.
      this.ended = response.status === 404 || response.status === 400;
      this.failure = response.ok || this.ended ? null : (body.error?.message ?? `HTTP ${response.status}`);
      if (response.ok) this.story = body;
    } catch (error) {
      if (run.signal.aborted) return;
      this.failure = String(error);
    }
    if (this.#running === run) this.#running = null;
  }
}
