import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createQueryQueue } from '../server/query-queue.ts';

const FOREVER_MS = 60_000;

describe('queries', () => {
  test('wait while nobody serves, and are answered in their order', async () => {
    const answered: number[] = [];
    const queue = createQueryQueue<number>((query) => void answered.push(query), FOREVER_MS);
    for (const query of [1, 2, 3]) queue.add(query);
    expect(answered).toEqual([]);
    await queue.serve(20);
    expect(answered).toEqual([1, 2, 3]);
  });

  test('that come while nothing is asked are answered at once', async () => {
    const arrived = new Promise<string>((resolve) => {
      const queue = createQueryQueue(resolve, FOREVER_MS);
      void queue.serve(FOREVER_MS);
      queue.add('now');
    });
    await expect(arrived).resolves.toBe('now');
  });

  test('that take longer than there is time hold up a pass by one of them, and the rest waits for the next time', async () => {
    const answered: number[] = [];
    const queue = createQueryQueue<number>((query) => {
      answered.push(query);
      burn(30);
    }, FOREVER_MS);
    for (let query = 0; query < 10; query++) queue.add(query);
    await queue.serve(20);
    expect(answered).toEqual([0]);
    await queue.serve(20);
    expect(answered).toEqual([0, 1]);
  });

  test('that nobody waits for any more are dropped', async () => {
    const answered: string[] = [];
    const queue = createQueryQueue<string>((query) => void answered.push(query), 0);
    queue.add('old');
    await queue.serve(5);
    expect(answered).toEqual([]);
  });

  test('cost CPU time, which is told apart from that of the work they are served during', async () => {
    const queue = createQueryQueue<number>(() => burn(40), FOREVER_MS);
    queue.add(1);
    await queue.serve(20);
    const { cpuSeconds } = queue;
    expect(cpuSeconds).toBeGreaterThanOrEqual(0.04);
    burn(40);
    expect(queue.cpuSeconds).toBe(cpuSeconds);
  });
});

describe('while work is under way', () => {
  test('queries that wait and that come are answered, and what the work gives is given', async () => {
    const answered: string[] = [];
    const queue = createQueryQueue<string>((query) => void answered.push(query), FOREVER_MS);
    queue.add('waiting');
    const work = async () => {
      while (answered.length < 1) await setImmediate();
      queue.add('coming');
      while (answered.length < 2) await setImmediate();
      return 'done';
    };
    await expect(queue.serveDuring(work())).resolves.toBe('done');
    expect(answered).toEqual(['waiting', 'coming']);
  });

  test('an answer is followed by as long a rest, so that a crowd of queries cannot hold the work up', async () => {
    const answers: { readonly begin: number; readonly end: number }[] = [];
    const queue = createQueryQueue<number>(() => {
      const begin = performance.now();
      burn(10);
      answers.push({ begin, end: performance.now() });
    }, FOREVER_MS);
    for (let query = 0; query < 100; query++) queue.add(query);
    const work = async () => {
      while (answers.length < 5) await setImmediate();
    };
    await queue.serveDuring(work());
    for (const [i, { begin, end }] of answers.entries()) {
      expect(answers[i + 1]?.begin ?? Infinity).toBeGreaterThanOrEqual(end + (end - begin));
    }
  });

  test('that fails, the failure is passed on, and queries go on waiting', async () => {
    const answered: number[] = [];
    const queue = createQueryQueue<number>((query) => void answered.push(query), FOREVER_MS);
    await expect(queue.serveDuring(Promise.reject(new Error('no sockets')))).rejects.toThrow('no sockets');
    queue.add(1);
    await queue.serve(5);
    expect(answered).toEqual([1]);
  });
});

/** Takes so much CPU time. */
function burn(ms: number): void {
  for (const before = process.cpuUsage(); ;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= ms * 1000) return;
  }
}
