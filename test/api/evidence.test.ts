import Fastify from 'fastify';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { api, VALIDATION, type ApiParts } from '../../server/api/index.ts';
import { AlertEvidenceSchema } from '../../server/model/evidence.ts';
import { keeper } from '../alert/evidence-given.ts';
import { alert, DETECTORS, memoryLog, NO_STORAGE } from '../given.ts';
import { alerting, busy, UP } from './given.ts';

const FIRING = alert('10.0.0.1', 'firing');

/** An API with the evidence of one alert. */
async function server(over: Partial<ApiParts> = {}) {
  const { evidence } = keeper({ latest: () => busy() });
  evidence.capture(FIRING);
  await evidence.close();
  const app = Fastify({ ajv: VALIDATION });
  await app.register(api, {
    storage: NO_STORAGE,
    prefix: '/api/v1',
    version: '1.2.3',
    latest: () => busy(),
    status: () => UP,
    detectors: DETECTORS,
    alerting: (await alerting()).alerting,
    evidence: evidence.get,
    query: () => Promise.reject(new Error('nobody asks')),
    log: memoryLog(),
    ...over,
  });
  return (id: string, query = '') => app.inject(`/api/v1/alerts/${id}/evidence${query}`);
}

describe('the evidence of an alert as a file', () => {
  test('is JSON as its schema says, by a name that tells what and when', async () => {
    const get = await server();
    const answer = await get(FIRING.id);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="halfclose-close_wait_leak-2026-01-02T0304Z.json"',
      'cache-control': 'no-store',
    });
    expect(Value.Errors(AlertEvidenceSchema, answer.json())).toEqual([]);
    expect(answer.json()).toMatchObject({ alert: { id: FIRING.id }, sockets: { total: 3 } });
  });

  test.each([
    ['', 'lang="en"', 'What to do'],
    ['&lang=zh-CN', 'lang="zh-CN"', '怎么办'],
  ])('is a page where that is asked for: %s', async (lang, attribute, words) => {
    const get = await server();
    const answer = await get(FIRING.id, `?format=html${lang}`);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': 'attachment; filename="halfclose-close_wait_leak-2026-01-02T0304Z.html"',
    });
    expect(answer.body).toContain(attribute);
    expect(answer.body).toContain(words);
  });

  test('has a name that no label can break out of', async () => {
    const { evidence } = keeper();
    const hostile = { ...FIRING, alertname: 'x"\r\nset-cookie: a/../../b' };
    evidence.capture(hostile);
    await evidence.close();
    const get = await server({ evidence: evidence.get });
    const { 'content-disposition': disposition, 'set-cookie': cookie } = (await get(FIRING.id)).headers;
    expect(disposition).toBe(
      'attachment; filename="halfclose-x___set-cookie__a_.._.._b-2026-01-02T0304Z.json"',
    );
    expect(cookie).toBeUndefined();
  });

  test('is not there for an alert that has not fired, and the answer says so', async () => {
    const get = await server();
    const answer = await get('nobody', '?format=html');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({
      error: { code: 'not_found', message: expect.stringContaining('it has not fired') as string },
    });
  });

  test('cannot be had where the store cannot be read, which is no fault of the request', async () => {
    const get = await server({ evidence: () => Promise.reject(new Error('the disk is gone')) });
    const answer = await get(FIRING.id);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ error: { code: 'store_unavailable', message: 'the disk is gone' } });
  });

  test.each(['?format=pdf', '?lang=fr', '?download=1'])(
    'a parameter that is wrong is said to be: %s',
    async (query) => {
      const get = await server();
      const answer = await get(FIRING.id, query);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ error: { code: 'bad_parameter' } });
    },
  );
});
