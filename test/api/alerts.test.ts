import Fastify from 'fastify';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Value } from 'typebox/value';
import { api, VALIDATION } from '../../server/api/index.ts';
import {
  AlertAnswerSchema,
  AlertsAnswerSchema,
  TestAnswerSchema,
  type AlertEvent,
} from '../../server/model/alert-api.ts';
import { SilenceSchema } from '../../server/model/silence.ts';
import { answers, closeServers, serve } from '../alert/serve.ts';
import { ALERTS, observation } from '../given.ts';
import { alerting as given, parts } from './given.ts';

afterEach(closeServers);

async function server(...receivers: Parameters<typeof given>) {
  const { alerting, clock, journal } = await given(...receivers);
  const app = Fastify({ ajv: VALIDATION });
  await app.register(api, { prefix: '/api/v1', ...(await parts({ alerting })) });
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
    const answer = await app.inject({ method, url: `/api/v1/${path}`, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json<Body>() };
  };
  return { app, ask, alerting, clock, journal };
}

/** As much of any answer as is looked at. */
interface Body {
  id: string;
  error?: { code: string; message: string };
  alerts: { id: string; silencedBy: string[]; acknowledgement: object | null; state: string }[];
  silences: { id: string; endsAt: string }[];
  [key: string]: unknown;
}

const MINE = { matchers: ['process="app"', 'severity!="critical"'], author: 'ada', comment: 'deploying' };

describe('silences', () => {
  test('are made, hold for the alerts that they fit, and end when somebody ends them', async () => {
    const { ask } = await server();
    const made = await ask('POST', 'silences', { ...MINE, duration: '2h' });
    expect(made.status).toBe(201);
    expect(Value.Errors(SilenceSchema, made.body)).toEqual([]);
    const { body } = await ask('GET', 'alerts');
    expect(Value.Errors(AlertsAnswerSchema, body)).toEqual([]);
    expect(body?.alerts.map(({ silencedBy }) => silencedBy)).toEqual([[made.body?.id]]);
    expect((await ask('DELETE', `silences/${made.body?.id}`)).status).toBe(200);
    expect((await ask('GET', 'alerts')).body?.alerts[0]?.silencedBy).toEqual([]);
    expect((await ask('GET', 'silences')).body?.silences).toHaveLength(1);
    expect((await ask('DELETE', `silences/${made.body?.id}`)).status).toBe(404);
  });

  test('may begin later', async () => {
    const { ask, clock } = await server();
    const startsAt = new Date(clock.wallMs() + 60_000).toISOString();
    await ask('POST', 'silences', { ...MINE, startsAt, duration: '1m' });
    const held: number[] = [];
    for (const seconds of [59, 2, 60]) {
      await clock.advance(seconds);
      held.push((await ask('GET', 'alerts')).body?.alerts[0]?.silencedBy.length ?? -1);
    }
    expect(held).toEqual([0, 1, 0]);
  });

  test.each<[object, string | RegExp]>([
    [{ ...MINE }, 'expected either endsAt or duration'],
    [{ ...MINE, duration: '2h', endsAt: '2030-01-01T00:00:00Z' }, 'expected either endsAt or duration'],
    [{ ...MINE, duration: 'long' }, /^duration: expected a duration such as 30m or 2h.*found "long"$/],
    [{ ...MINE, endsAt: '2001-01-01T00:00:00Z' }, /^endsAt: expected a time after the start/],
    [{ ...MINE, matchers: ['process'], duration: '1h' }, /expected =, !=, =~ or !~/],
    [{ ...MINE, matchers: [], duration: '1h' }, /matchers/],
    [{ ...MINE, duration: '1h', auhtor: 'ada' }, /additional/],
  ])('that make no sense are refused, and say why: %j', async (asked, message) => {
    const { ask } = await server();
    const { status, body } = await ask('POST', 'silences', asked);
    expect([status, body?.error?.code]).toEqual([400, 'bad_parameter']);
    expect(body?.error?.message).toEqual(expect.stringMatching(message));
    expect((await ask('GET', 'silences')).body?.silences).toEqual([]);
  });

  test('are not made by a form of another web site', async () => {
    const { app } = await server();
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/api/v1/silences',
      headers: { 'content-type': 'text/plain' },
      payload: JSON.stringify({ ...MINE, duration: '1h' }),
    });
    expect(statusCode).toBe(415);
  });
});

describe('an acknowledgement', () => {
  test('is given to an alert, and taken back', async () => {
    const { ask } = await server();
    const id = (await ask('GET', 'alerts')).body?.alerts[0]?.id;
    const made = await ask('POST', `alerts/${id}/acknowledgement`, { author: 'ada', comment: 'on it' });
    expect(made).toMatchObject({
      status: 201,
      body: { author: 'ada', comment: 'on it', severity: 'warning' },
    });
    expect((await ask('GET', 'alerts')).body?.alerts[0]?.acknowledgement).toMatchObject({ author: 'ada' });
    expect((await ask('DELETE', `alerts/${id}/acknowledgement`)).status).toBe(204);
    expect((await ask('DELETE', `alerts/${id}/acknowledgement`)).status).toBe(404);
    expect((await ask('GET', 'alerts')).body?.alerts[0]?.acknowledgement).toBeNull();
  });

  test('of what is not there is not found', async () => {
    const { ask } = await server();
    expect((await ask('POST', 'alerts/none/acknowledgement', { author: 'ada' })).status).toBe(404);
  });
});

test('alerts that ended are listed a page at a time, newest first', async () => {
  const { ask, alerting, clock } = await server();
  await clock.advance(1);
  alerting.publish(observation({ monotonicSeconds: 1 }));
  alerting.publish(observation({ monotonicSeconds: 2 }));
  await clock.advance(1);
  const { status, body } = await ask('GET', 'alerts/resolved?limit=1');
  expect([status, body?.alerts.map(({ state }) => state)]).toEqual([200, ['resolved']]);
  const next = await ask('GET', `alerts/resolved?cursor=${String(body?.['nextCursor'])}`);
  expect(next.body).toEqual({ alerts: [], nextCursor: null });
  expect((await ask('GET', 'alerts/resolved?cursor=1')).body?.error?.message).toContain('nextCursor');
});

describe('one alert', () => {
  test('is told with who was told of it and who was at it, also when it has ended', async () => {
    const { url } = await serve(answers(200));
    const { ask, alerting, clock } = await server([
      { name: 'team', matchers: [], maxPerMinute: 20, webhook: { url, timeout: 10, sendResolved: true } },
    ]);
    const id = (await ask('GET', 'alerts')).body?.alerts[0]?.id;
    await ask('POST', `alerts/${id}/acknowledgement`, { author: 'ada', comment: 'on it' });
    await ask('DELETE', `alerts/${id}/acknowledgement`);
    await clock.advance(ALERTS.groupWait);
    const kinds = async () => {
      const { body } = await ask('GET', `alerts/${id}`);
      expect(Value.Errors(AlertAnswerSchema, body)).toEqual([]);
      return (body?.['events'] as AlertEvent[]).map((each) =>
        each.kind === 'told' ? `${each.receiver} ${each.status} ${each.outcome}` : each.kind,
      );
    };
    const before = ['acknowledged', 'withdrawn', 'team firing delivered'];
    await vi.waitFor(async () => expect(await kinds()).toEqual(before));
    alerting.publish(observation({ monotonicSeconds: 1 }));
    alerting.publish(observation({ monotonicSeconds: 2 }));
    await clock.advance(ALERTS.groupInterval);
    await vi.waitFor(async () => expect(await kinds()).toEqual([...before, 'team resolved delivered']));
    expect((await ask('GET', `alerts/${id}`)).body?.['state']).toBe('resolved');
  });

  test('that is not there is not found', async () => {
    const { ask } = await server();
    expect((await ask('GET', 'alerts/none')).status).toBe(404);
  });
});

test('quiet hours are told with whether they hold', async () => {
  const { ask } = await server();
  const { status, body } = await ask('GET', 'quiet-hours');
  expect([status, body]).toEqual([200, { quietHours: [] }]);
});

test('a store that cannot be read is said to be so', async () => {
  const { ask, journal } = await server();
  journal.fails = true;
  const { status, body } = await ask('GET', 'alerts/resolved');
  expect([status, body?.error?.code]).toEqual([503, 'store_unavailable']);
});

describe('the test of a receiver', () => {
  const hook = (url: string) => ({
    name: 'team',
    matchers: [],
    maxPerMinute: 20,
    webhook: { url, timeout: 10, sendResolved: true },
  });

  test('tells what was sent, and what came back', async () => {
    const { url, requests } = await serve(answers(418, 'no coffee here'));
    const { ask } = await server([{ ...hook(`${url}/secret-path`), matchers: ['process="nobody"'] }]);
    const { status, body } = await ask('POST', 'receivers/team/test', {});
    expect(status).toBe(200);
    expect(Value.Errors(TestAnswerSchema, body)).toEqual([]);
    expect(body).toMatchObject({ outcome: 'refused', status: 418, answer: 'no coffee here' });
    expect(body?.['body']).toBe(requests[0]?.body);
    expect(JSON.stringify(body)).not.toContain('secret-path');
  });

  test('of a name that is not there says which are', async () => {
    const { ask } = await server([hook('http://127.0.0.1:9/')]);
    const { status, body } = await ask('POST', 'receivers/tema/test', {});
    expect([status, body?.error?.message]).toEqual([
      404,
      'there is no receiver of that name; expected one of team',
    ]);
  });
});
