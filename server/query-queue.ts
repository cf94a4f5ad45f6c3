import { setImmediate } from 'node:timers/promises';

/** Queries that wait for the observer's time. */
export interface QueryQueue<Q> {
  add(query: Q): void;
  /** Answers what waits and what comes, one query after the other, and returns after so many milliseconds. */
  serve(forMs: number): Promise<void>;
  /** The same until `work` is done, which has half of the time at least; gives what it gives. */
  serveDuring<T>(work: Promise<T>): Promise<T>;
  /** CPU time that answers have taken so far, up to the first thing they wait for. */
  readonly cpuSeconds: number;
}

/**
 * A pass must not wait for a crowd of queries: while it is under way, an answer is followed by as long a rest. What is left
 * then waits for the next time. A query that has waited for `maxWaitMs` is dropped, since nobody waits for it any more.
 */
export function createQueryQueue<Q>(
  answer: (query: Q) => void | Promise<void>,
  maxWaitMs: number,
): QueryQueue<Q> {
  const waiting: { readonly query: Q; readonly since: number }[] = [];
  let wake: () => void = () => undefined;
  let cpuSeconds = 0;

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms < Infinity ? setTimeout(resolve, ms) : undefined;
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function answerMeasured(query: Q): Promise<void> {
    const before = process.cpuUsage();
    const answered = answer(query);
    const { user, system } = process.cpuUsage(before);
    cpuSeconds += (user + system) / 1e6;
    await answered;
  }

  async function serveUntil(isOver: (now: number) => boolean, end: number, rests: boolean): Promise<void> {
    let restsUntil = -Infinity;
    for (let now = performance.now(); !isOver(now); now = performance.now()) {
      const next = now < restsUntil ? undefined : waiting.shift();
      if (!next) {
        await sleep((now < restsUntil ? restsUntil : end) - now);
        continue;
      }
      if (now - next.since < maxWaitMs) await answerMeasured(next.query);
      if (rests) restsUntil = 2 * performance.now() - now;
      // Signals and the end of the channel are to be heard in between.
      await setImmediate();
    }
  }

  return {
    add(query) {
      waiting.push({ query, since: performance.now() });
      wake();
    },
    async serve(forMs) {
      const end = performance.now() + forMs;
      await serveUntil((now) => now >= end, end, false);
    },
    async serveDuring(work) {
      let isDone = false;
      const done = () => {
        isDone = true;
        wake();
      };
      work.then(done, done);
      await serveUntil(() => isDone, Infinity, true);
      return work;
    },
    get cpuSeconds() {
      return cpuSeconds;
    },
  };
}
