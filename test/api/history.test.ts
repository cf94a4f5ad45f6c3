import Fastify from 'fastify';
import { Value } from 'typebox/value';
import { expect, onTestFinished, test } from 'vitest';
import { createErrorHandler } from '../../server/api/errors.ts';
import { historyRoutes } from '../../server/api/history.ts';
import { HistoryAnswerSchema } from '../../server/model/api.ts';
import type { HistoryQuery } from '../../server/model/storage.ts';
import { memoryLog, NO_STORAGE } from '../given.ts';

/** The routes beside a store that answers one point, and remembers what it was asked. */
async function asking(url: string, works = true) {
  const queries: HistoryQuery[] = [];
  const samples = {
    append: () => undefined,
    query(query: HistoryQuery) {
      queries.push(query);
      const series = [{ name: 'x', min: [null], mean: [1.5], max: [2] }];
      return Promise.resolve({ stepSeconds: 60, oldest: 0, at: [60_000], series, truncated: false });
    },
    series: () => Promise.resolve([{ name: 'x', lastSeenAt: 0 }]),
  };
  const app = Fastify();
  onTestFinished(() => app.close());
  app.setErrorHandler(createErrorHandler(memoryLog()));
  const storage = works ? { samples, status: NO_STORAGE.status } : NO_STORAGE;
  // The routes take nothing else of the parts.
  await app.register(historyRoutes, { storage } as unknown as Parameters<typeof historyRoutes>[1]);
  const { statusCode, body } = await app.inject(url);
  return { statusCode, body: JSON.parse(body) as Record<string, unknown>, query: queries[0] };
}

test('the last hour of the counts is what is asked for by default', async () => {
  const before = Date.now();
  const { statusCode, body, query } = await asking('/history');
  expect(statusCode).toBe(200);
  expect(Value.Check(HistoryAnswerSchema, body)).toBe(true);
  expect(body['oldest']).toBe('1970-01-01T00:00:00.000Z');
  expect(query).toMatchObject({ series: ['tcp_sockets'], stepSeconds: 0 });
  expect(query!.to - query!.from).toBe(3_600_000);
  expect(query!.to).toBeGreaterThanOrEqual(before);
});

test('series, range and step are taken as they are given', async () => {
  const { query } = await asking(
    '/history?series=a&series=b*&from=2026-01-02T03:04:05Z&to=2026-01-02T04:00:00%2B01:00&step=1m30s',
  );
  expect(query).toEqual({
    series: ['a', 'b*'],
    from: Date.UTC(2026, 0, 2, 3, 4, 5),
    to: Date.UTC(2026, 0, 2, 3),
    stepSeconds: 90,
  });
});

test.each([
  ['from=yesterday', 'from: expected a time'],
  ['from=2026-01-02T03:04:05', 'from: expected a time'],
  ['to=now-1x', 'to: expected a time'],
  ['step=fast', 'step: expected a duration'],
  [`series=${'x'.repeat(501)}`, 'series: expected at most 500'],
])('%s is refused, and what was expected is told', async (parameters, message) => {
  const { statusCode, body } = await asking(`/history?${parameters}`);
  expect(statusCode).toBe(400);
  expect(JSON.stringify(body)).toContain(message);
});

test('names of series are listed', async () => {
  expect((await asking('/series')).body).toEqual({
    series: [{ name: 'x', lastSeenAt: '1970-01-01T00:00:00.000Z' }],
  });
});

test('without a store both say why', async () => {
  for (const url of ['/history', '/series']) {
    const { statusCode, body } = await asking(url, false);
    expect(statusCode).toBe(503);
    expect(body).toMatchObject({
      error: { code: 'store_unavailable', message: expect.stringContaining('nothing is stored') as string },
    });
  }
});
