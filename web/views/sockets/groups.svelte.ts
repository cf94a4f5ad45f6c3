import type { GroupKey, GroupsAnswer } from '../../../server/model/api.ts';
import { ask } from '../../ask.ts';

/** Rows that are shown; the rest is a number. */
const MAX_SHOWN = 200;
const MIN_PERIOD_MS = 1000;
const MAX_SHARE = 0.1;

/** The sockets that match, counted by what they have in common. */
export class Groups {
  answer = $state.raw<GroupsAnswer | null>(null);
  /** What `answer` is grouped by. */
  by = $state<GroupKey>('process');
  failure = $state<string | null>(null);
  #question: readonly [GroupKey, string] | null = null;
  #running: AbortController | null = null;
  #askedAt = -Infinity;
  #period = MIN_PERIOD_MS;

  ask(by: GroupKey, filter: string): void {
    this.stop();
    this.#question = [by, filter];
    void this.#fetch();
  }

  /** Asks again, if it is time and nothing is under way: the next pass comes soon. */
  refresh(): void {
    if (!this.#running && performance.now() >= this.#askedAt + this.#period * 0.9) void this.#fetch();
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #fetch(): Promise<void> {
    if (!this.#question) return;
    const [by, filter] = this.#question;
    const run = new AbortController();
    this.#running = run;
    this.#askedAt = performance.now();
    try {
      const query = new URLSearchParams({ by, filter, limit: String(MAX_SHOWN) });
      const answer = await ask<GroupsAnswer>('groups', query.toString(), run.signal);
      if (this.#running !== run) return;
      this.failure = null;
      this.by = by;
      this.answer = answer;
    } catch (error) {
      if (run.signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    if (this.#running === run) this.#running = null;
    this.#period = Math.max(MIN_PERIOD_MS, (performance.now() - this.#askedAt) / MAX_SHARE);
  }
}
