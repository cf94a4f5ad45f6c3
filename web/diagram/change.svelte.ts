import type { State } from '../../server/model/state.ts';
import { ask } from '../ask.ts';
import {
  countsIn,
  differenceSince,
  hourBefore,
  oldestInstead,
  type Before,
  type CountsAnswer,
  type Difference,
} from './change.ts';

const PERIOD_MS = 60_000;

/** The counts of an hour ago, to say what has changed since; of the oldest moment kept, where that is nearer. */
class HourChange {
  #before = $state.raw<Before | null>(null);

  /** Asks now and every minute until the function returned is called. `moment`: null for now; a past one is asked for once. */
  follow(moment: number | null): () => void {
    const run = new AbortController();
    const look = async () => {
      try {
        this.#before = await counts(moment, run.signal);
      } catch {
        // Without a store, or while the server is away, nothing is known of then.
        if (!run.signal.aborted) this.#before = null;
      }
    };
    void look();
    const timer = moment === null ? setInterval(() => void look(), PERIOD_MS) : undefined;
    return () => {
      run.abort();
      clearInterval(timer);
    };
  }

  /** `count` sockets are in the state at `at`, milliseconds since 1970; null where there is nothing to say. */
  of(state: State, count: number, at: number): Difference | null {
    return differenceSince(this.#before, state, count, at);
  }
}

export const hourChange = new HourChange();

async function counts(moment: number | null, signal: AbortSignal): Promise<Before | null> {
  const history = (query: string) => ask<CountsAnswer>('history', query, signal);
  const answer = await history(hourBefore(moment));
  const instead = oldestInstead(answer);
  return instead === null ? countsIn(answer, 'newest') : countsIn(await history(instead), 'oldest');
}
