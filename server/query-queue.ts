import { setImmediate } from 'node:timers/promises';

/** Queries that wait for the observer's time. */
export interface QueryQueue<Q> {
  add(query: Q): void;
  /** Answers what waits and what comes, one query after the other, and returns after so many milliseconds. */
  serve(forMs: number): Promise<void>;
}

/**
 * A pass must not wait for a crowd of queries, nor find its columns in use: they are answered between two passes, and what is
 * left then waits for the next time. One that has waited for `maxWaitMs` is dropped, since nobody waits for it any more.
 */
export function createQueryQueue<Q>(
  answer: (query: Q) => void | Promise<void>,
  maxWaitMs: number,
): QueryQueue<Q> {
  const waiting: { readonly query: Q; readonly since: number }[] = [];
  let wake: () => void = () => undefined;

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    add(query) {
      waiting.push({ query, since: performance.now() });
      wake();
    },
    async serve(forMs) {
      const end = performance.now() + forMs;
      for (let now = performance.now(); now < end; now = performance.now()) {
        const next = waiting.shift();
        if (!next) {
          await sleep(end - now);
          continue;
        }
        if (now - next.since < maxWaitMs) await answer(next.query);
        // Signals and the end of the channel are to be heard in between.
        await setImmediate();
      }
    },
  };
}
