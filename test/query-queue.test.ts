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
      for (const end = performance.now() + 30; performance.now() < end;);
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
});
