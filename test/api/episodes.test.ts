import Fastify from 'fastify';
import { Value } from 'typebox/value';
import { expect, onTestFinished, test, vi } from 'vitest';
import { api, VALIDATION } from '../../server/api/index.ts';
import { EpisodesAnswerSchema, FindingsAnswerSchema } from '../../server/model/api.ts';
import type { Episode } from '../../server/model/storage.ts';
import { describeFinding } from '../../server/model/texts/describe.ts';
import { createStorage } from '../../server/storage/index.ts';
import { finding, memoryLog, START_MS } from '../given.ts';
import { MAX_BYTES, newFolder, RETENTION_SECONDS, THREAD } from '../storage/given.ts';
import { parts } from './given.ts';

const MINUTE = 60_000;
const time = (minute: number) => new Date(START_MS + minute * MINUTE).toISOString();
const worst = finding('a', { severity: 'critical', count: 50, cause: 'unread_data' });

/** The routes beside a real store, in which a finding stood from the first minute to the tenth, and another still stands. */
async function server() {
  const config = {
    path: newFolder(),
    offBecause: null,
    retentionSeconds: RETENTION_SECONDS,
    maxBytes: MAX_BYTES,
  };
  const storage = createStorage(config, memoryLog(), THREAD);
  const app = Fastify({ ajv: VALIDATION });
  onTestFinished(async () => {
    await app.close();
    await storage.close();
  });
  const episode = (from: number, to: number | null, at: Episode['worst']): Episode => ({
    id: `${at.fingerprint}-${from}`,
    startsAt: START_MS + from * MINUTE,
    seenAt: START_MS + (to ?? 20) * MINUTE,
    endsAt: to === null ? null : START_MS + to * MINUTE,
    worst: at,
  });
  const form = (minute: number, of: Episode['worst']) => ({ at: START_MS + minute * MINUTE, finding: of });
  const begun = START_MS + MINUTE;
  await storage.episodes.write(
    [
      {
        episode: episode(1, 10, worst),
        forms: [form(1, finding('a', { count: 3 })), form(5, worst)],
      },
      { episode: episode(8, null, finding('b')), forms: [form(8, finding('b'))] },
    ],
    begun,
  );
  await app.register(api, { prefix: '/api/v1', ...(await parts({ storage })) });
  return async (path: string) => {
    const answer = await app.inject(`/api/v1/${path}`);
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
}

test('the findings of a past moment are told as they were, in the language asked for', async () => {
  const get = await server();
  const { status, body } = await get(`findings?at=${time(3)}&lang=zh-CN`);
  expect(status).toBe(200);
  expect(Value.Errors(FindingsAnswerSchema, body)).toEqual([]);
  const then = finding('a', { count: 3, firstSeenAt: time(1) });
  expect(body).toMatchObject({
    at: time(3),
    findings: [
      {
        ...then,
        ...describeFinding(then, 'zh-CN'),
        past: { seenAt: time(1), lastSeenAt: time(10), endsAt: time(10) },
      },
    ],
  });
  const both = (await get(`findings?at=${time(9)}`)).body as { findings: { severity: string }[] };
  expect(both.findings.map(({ severity }) => severity)).toEqual(['critical', 'warning']);
  const { fingerprint } = finding('b');
  expect((await get(`findings?at=${time(9)}&fingerprint=${fingerprint}`)).body).toMatchObject({
    findings: [{ fingerprint, past: { endsAt: null } }],
  });
});

test('of a moment without a finding the answer is empty, of one that is not kept it is an error', async () => {
  const get = await server();
  expect((await get(`findings?at=${time(1)}&fingerprint=none`)).body).toMatchObject({
    findings: [],
  });
  const { status, body } = await get(`findings?at=${time(0)}`);
  expect(status).toBe(404);
  expect(body).toEqual({
    error: {
      code: 'not_kept',
      message: `of ${time(0)} no findings are known: what is kept begins at ${time(1)}`,
    },
  });
});

test('a moment that is ahead by no more than clocks differ is now', async () => {
  const get = await server();
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const ahead = await get(`findings?at=${new Date(Date.now() + 4000).toISOString()}`);
  expect(ahead).toEqual(await get('findings?at=now'));
  expect((await get(`findings?at=${new Date(Date.now() + 60_000).toISOString()}`)).status).toBe(400);
});

test.each([
  ['findings?at=yesterday', 'at: expected a time as 2026-01-02T03:04:05Z, now, or now-1h, found "yesterday"'],
  ['findings?at=2999-01-01T00:00:00Z', 'at: expected a moment that is past, found "2999-01-01T00:00:00Z"'],
  ['findings/episodes?from=x', 'from: expected a time as 2026-01-02T03:04:05Z, now, or now-1h, found "x"'],
  ['findings/episodes?limit=9999', 'limit: must be <= 2000'],
])('%s is refused with what was expected', async (path, message) => {
  const get = await server();
  expect(await get(path)).toEqual({ status: 400, body: { error: { code: 'bad_parameter', message } } });
});

test('episodes are those that overlap the range, at their worst, the last to begin first', async () => {
  const get = await server();
  const { status, body } = await get(`findings/episodes?from=${time(0)}&to=${time(30)}`);
  expect(status).toBe(200);
  expect(Value.Errors(EpisodesAnswerSchema, body)).toEqual([]);
  expect(body).toMatchObject({
    since: time(1),
    truncated: false,
    episodes: [
      { fingerprint: finding('b').fingerprint, startsAt: time(8), endsAt: null },
      {
        fingerprint: worst.fingerprint,
        detector: 'close_wait_leak',
        cause: 'unread_data',
        severity: 'critical',
        count: 50,
        labels: worst.labels,
        title: describeFinding(worst, 'en').title,
        startsAt: time(1),
        lastSeenAt: time(10),
        endsAt: time(10),
      },
    ],
  });
  const early = await get(`findings/episodes?from=${time(0)}&to=${time(7)}&lang=zh-CN`);
  expect(early.body).toMatchObject({ episodes: [{ title: describeFinding(worst, 'zh-CN').title }] });
  const one = await get(`findings/episodes?from=${time(0)}&to=${time(30)}&limit=1`);
  expect(one.body).toMatchObject({ truncated: true, episodes: [{ startsAt: time(8) }] });
});

test('without a store neither is known, and the reason is told', async () => {
  const app = Fastify({ ajv: VALIDATION });
  onTestFinished(() => app.close());
  await app.register(api, { prefix: '/api/v1', ...(await parts()) });
  for (const path of ['findings?at=now-1h', 'findings/episodes']) {
    const answer = await app.inject(`/api/v1/${path}`);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ error: { code: 'store_unavailable' } });
  }
});
