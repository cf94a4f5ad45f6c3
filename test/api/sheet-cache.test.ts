import { expect, test } from 'vitest';
import { createSheetCache, passOf } from '../../server/api/sheet-cache.ts';
import { observation } from '../given.ts';

/** An observer that counts what it is asked. */
function asking(bytes = 10) {
  const count = { asked: 0 };
  return Object.assign(count, {
    ask: () => {
      count.asked++;
      return Promise.resolve(new Uint8Array(bytes));
    },
  });
}

test('one question on one pass is asked once, however many ask', async () => {
  const cache = createSheetCache();
  const observer = asking();
  await Promise.all(Array.from({ length: 50 }, () => cache.get('p1', 'q', observer.ask)));
  await cache.get('p1', 'q', observer.ask);
  expect(observer.asked).toBe(1);
  await cache.get('p1', 'another', observer.ask);
  await cache.get('p2', 'q', observer.ask);
  expect(observer.asked).toBe(3);
});

test('what failed is asked again', async () => {
  const cache = createSheetCache();
  await expect(cache.get('p', 'q', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await cache.get('p', 'q', asking().ask)).toHaveLength(10);
});

test.each([
  ['many questions', 10, 20],
  ['large answers', 20 * 1024 * 1024, 4],
])('%s push out the oldest', async (_what, bytes, questions) => {
  const cache = createSheetCache();
  const observer = asking(bytes);
  for (let i = 0; i < questions; i++) await cache.get('p', String(i), observer.ask);
  await cache.get('p', String(questions - 1), observer.ask);
  expect(observer.asked).toBe(questions);
  await cache.get('p', '0', observer.ask);
  expect(observer.asked).toBe(questions + 1);
});

test('of sheets that are still asked for no more are kept than of those that are there', () => {
  const cache = createSheetCache();
  let asked = 0;
  const ask = () => (asked++, new Promise<Uint8Array>(() => undefined));
  for (let i = 0; i < 20; i++) void cache.get('p', String(i), ask);
  void cache.get('p', '19', ask);
  expect(asked).toBe(20);
  void cache.get('p', '0', ask);
  expect(asked).toBe(21);
});

test('a pass that only counts has the rows of the one before; of several namespaces each pass may have read some', () => {
  const full = { epoch: 'e', fullAt: 5, namespacesTotal: 1 };
  expect(passOf(null)).toBeNull();
  expect(passOf(observation({ ...full, sequence: 1 }))).toBe(passOf(observation({ ...full, sequence: 2 })));
  expect(passOf(observation({ ...full, sequence: 1, fullAt: 6 }))).toBe('e-6');
  expect(passOf(observation({ ...full, sequence: 8, namespacesTotal: 2 }))).toBe('e-8');
});
