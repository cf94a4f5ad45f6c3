import Fastify from 'fastify';
import { Value } from 'typebox/value';
import type { TSchema } from 'typebox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { api, VALIDATION, type ApiParts } from '../../server/api/index.ts';
import {
  ErrorSchema,
  FindingsAnswerSchema,
  ListenersAnswerSchema,
  NamespacesAnswerSchema,
  PortsAnswerSchema,
  SummaryAnswerSchema,
} from '../../server/model/api.ts';
import {
  AlertsAnswerSchema,
  ReceiversAnswerSchema,
  ResolvedAnswerSchema,
  SilencesAnswerSchema,
} from '../../server/model/alert-api.ts';
import type { AnswerTo, Query } from '../../server/model/ipc.ts';
import { describeFinding } from '../../server/model/texts/describe.ts';
import { finding, memoryLog } from '../given.ts';
import { busy, DOWN, parts, STARTING, UP } from './given.ts';

const AT = '2026-01-02T03:04:05.000Z';

/** An API whose observer notes what it is asked, and answers nothing but the offset of the next page. */
async function server(over: Partial<ApiParts> = {}) {
  const asked: Query[] = [];
  const log = memoryLog();
  const app = Fastify({ ajv: VALIDATION });
  const query = async <Q extends Query>(query: Q) => {
    asked.push(query);
    const answer =
      query.kind === 'sockets'
        ? { at: AT, total: 0, rows: [], nextCursor: '100' }
        : { at: AT, total: 0, groups: [] };
    return answer as unknown as AnswerTo<Q>;
  };
  await app.register(api, { prefix: '/api/v1', ...(await parts({ query, log, ...over })) });
  const get = async (path: string, method: 'GET' | 'POST' = 'GET') => {
    const answer = await app.inject({ method, url: `/api/v1/${path}` });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.json<Record<string, unknown>>(),
    };
  };
  return { get, asked, log };
}

describe('the routes that answer from the newest observation', () => {
  it.each<[string, TSchema]>([
    ['summary', SummaryAnswerSchema],
    ['findings', FindingsAnswerSchema],
    ['listeners', ListenersAnswerSchema],
    ['ports', PortsAnswerSchema],
    ['namespaces', NamespacesAnswerSchema],
    ['alerts', AlertsAnswerSchema],
    ['silences', SilencesAnswerSchema],
    ['receivers', ReceiversAnswerSchema],
    ['alerts/resolved', ResolvedAnswerSchema],
  ])('answer as their schema says: %s', async (path, schema) => {
    const { get } = await server();
    const { status, headers, body } = await get(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(Value.Errors(schema, body)).toEqual([]);
  });

  it('give the summary the shape that users rely on', async () => {
    const { get } = await server();
    const { body } = await get('summary');
    expect(body).toMatchObject({
      at: AT,
      stale: false,
      source: 'proc',
      complete: true,
      intervalSeconds: 1,
      kind: 'full',
      passes: { full: { intervalSeconds: 1, cpuSeconds: 0 }, counts: null },
      sockets: { total: 8, byState: { CLOSE_WAIT: 5, LAST_ACK: 0 }, byFamily: { ipv4: 6, ipv6: 2 } },
      findings: { info: 0, warning: 1, critical: 0 },
    });
  });

  it('tell the findings in the language asked for', async () => {
    const { get } = await server();
    for (const lang of ['en', 'zh-CN'] as const) {
      const { body } = await get(`findings?lang=${lang}`);
      expect(body).toMatchObject({ findings: [{ ...finding(), ...describeFinding(finding(), lang) }] });
    }
  });

  it('tell of one finding alone, with its sockets, where it is named', async () => {
    const { get } = await server({ latest: () => busy({ findings: [finding('a'), finding('b')] }) });
    const { fingerprint } = finding('b');
    expect((await get(`findings?fingerprint=${fingerprint}`)).body).toMatchObject({
      findings: [{ fingerprint, examples: [] }],
    });
    expect((await get('findings?fingerprint=none')).body).toMatchObject({ findings: [] });
  });

  it('tell what was let pass, and why, where that is asked for', async () => {
    const considered = {
      detector: 'time_wait_buildup',
      reason: 'harmless',
      labels: { role: 'server', local: '0.0.0.0', port: '443' },
      measure: 'sockets',
      value: 312,
      threshold: null,
      count: 312,
      state: 'TIME_WAIT',
    } as const;
    const { get } = await server({ latest: () => busy({ considered: [considered] }) });
    expect((await get('findings')).body).not.toHaveProperty('considered');
    const { body } = await get('findings?considered=true');
    expect(Value.Errors(FindingsAnswerSchema, body)).toEqual([]);
    expect(body).toMatchObject({
      considered: [{ ...considered, sentence: '312 TIME_WAIT on the serving side of :443: harmless' }],
    });
  });

  it.each([
    ['', 'ss -tan state close-wait'],
    [' and netns = host', 'ss -tan state close-wait'],
    [' and netns = web', 'ip netns exec web ss -tan state close-wait'],
    [' and netns = container-1', null],
    [' and age > 60s', null],
  ])('give the command that lists the sockets of a finding: %s', async (more, command) => {
    const filter = `state close-wait${more}`;
    const { get } = await server({ latest: () => busy({ findings: [finding('', { filter })] }) });
    expect((await get('findings')).body).toMatchObject({ findings: [{ command }] });
  });

  it('say that the answer is stale, and how old, while the observer is down', async () => {
    const { get } = await server({ status: () => DOWN });
    const { status, body } = await get('summary');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      stale: true,
      observationAgeSeconds: 12.5,
      observer: { state: 'down', restarts: 3 },
    });
  });

  it('are unavailable until there is an observation', async () => {
    const { get } = await server({ latest: () => null, status: () => STARTING });
    for (const path of ['summary', 'findings', 'listeners', 'ports']) {
      const { status, body } = await get(path);
      expect(status).toBe(503);
      expect(body).toEqual({ error: { code: 'observer_down', message: 'the first pass is not finished' } });
    }
  });
});

describe('the routes that the observer answers', () => {
  it('ask for the oldest sockets first unless told otherwise', async () => {
    const { get, asked } = await server();
    expect((await get('sockets')).body).toEqual({ at: AT, total: 0, rows: [], nextCursor: '100' });
    expect(asked).toEqual([
      { kind: 'sockets', filter: { op: 'all' }, sort: 'age', descending: true, limit: 100, offset: 0 },
    ]);
  });

  it('pass filter, order and page on', async () => {
    const { get, asked } = await server();
    await get(`sockets?filter=${encodeURIComponent('pid = 42')}&sort=recvq&limit=1000&cursor=200`);
    const filter = { op: 'compare', field: 'pid', by: '=', value: 42 };
    expect(asked).toEqual([
      { kind: 'sockets', filter, sort: 'recvq', descending: false, limit: 1000, offset: 200 },
    ]);
  });

  it('answer a sheet as bytes, and nothing to who has that of the newest pass', async () => {
    const asked: Query[] = [];
    const query = async <Q extends Query>(query: Q) => {
      asked.push(query);
      return Uint8Array.of(1, 2, 3) as AnswerTo<Q>;
    };
    const app = Fastify({ ajv: VALIDATION });
    let status = UP;
    await app.register(api, { prefix: '/api/v1', ...(await parts({ query, status: () => status })) });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => app.close());
    const get = async (headers = {}, question = 'filter=pid%3D42&sort=-recvq') => {
      const response = await fetch(`${url}/api/v1/sockets/sheet?${question}`, { headers });
      const rawPayload = new Uint8Array(await response.arrayBuffer());
      return { statusCode: response.status, headers: Object.fromEntries(response.headers), rawPayload };
    };
    const first = await get();
    expect(first.headers['content-type']).toBe('application/octet-stream');
    expect([...first.rawPayload]).toEqual([1, 2, 3]);
    const filter = { op: 'compare', field: 'pid', by: '=', value: 42 };
    expect(asked).toEqual([{ kind: 'sheet', filter, sort: 'recvq', descending: true, limit: 200_000 }]);

    const { etag } = first.headers;
    const again = await get({ 'if-none-match': etag });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
    expect((await get({ 'if-none-match': '"other"' })).rawPayload).toHaveLength(3);
    expect(asked).toHaveLength(1);
    await get({}, 'limit=7');
    await get({}, 'limit=900');
    expect(asked.slice(1)).toMatchObject([{ limit: 1000 }]);
    asked.length = 1;

    // What is kept would be mistaken for sockets that are there.
    status = DOWN;
    expect([(await get()).statusCode, (await get({ 'if-none-match': etag })).statusCode]).toEqual([503, 503]);
  });

  it('tell the story of one socket, or that it has ended', async () => {
    const story = { at: AT, socket: { id: 'zz' }, states: [], findings: [] };
    const asked: Query[] = [];
    const query = async <Q extends Query>(query: Q) => {
      asked.push(query);
      return { story: query.kind === 'story' && query.id === 'zz' ? story : null } as AnswerTo<Q>;
    };
    const { get } = await server({ query });
    expect((await get('sockets/zz')).body).toEqual(story);
    expect(await get('sockets/zy')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    expect((await get('sockets/no-id')).status).toBe(400);
    expect(asked).toEqual([
      { kind: 'story', id: 'zz' },
      { kind: 'story', id: 'zy' },
    ]);
  });

  it('group by the keys asked for, each once', async () => {
    const { get, asked } = await server();
    await get('groups?by=process,remote,process&limit=5');
    expect(asked).toEqual([{ kind: 'groups', filter: { op: 'all' }, by: ['process', 'remote'], limit: 5 }]);
  });

  it.each(['sockets', 'groups'])('answer nothing while the observer is down: %s', async (path) => {
    const { get, asked } = await server({ status: () => DOWN });
    const { status, body } = await get(path);
    expect(status).toBe(503);
    expect(body).toEqual({
      error: {
        code: 'observer_down',
        message: 'the observer does not answer: the observer was ended by SIGKILL',
      },
    });
    expect(asked).toEqual([]);
  });

  it('say so when the observer goes down over the question', async () => {
    let status = UP;
    const { get } = await server({
      status: () => status,
      query: () => {
        status = DOWN;
        return Promise.reject(new Error('channel closed'));
      },
    });
    expect((await get('sockets')).status).toBe(503);
  });

  it('hide what went wrong inside, and log it', async () => {
    const { get, log } = await server({ query: () => Promise.reject(new Error('secret detail')) });
    const { status, body } = await get('sockets');
    expect(status).toBe(500);
    expect(body).toEqual({
      error: { code: 'internal', message: 'the server failed to answer; its log says why' },
    });
    expect(log.lines).toEqual([expect.stringContaining('error request failed')]);
  });
});

describe('a wrong request gets one sentence with what was expected:', () => {
  it.each([
    ['sockets?limit=0', 400, 'bad_parameter', 'limit: must be >= 1'],
    ['sockets?limit=1001', 400, 'bad_parameter', 'limit: must be <= 1000'],
    ['sockets?limit=many', 400, 'bad_parameter', 'limit: must be integer'],
    ['sockets?cursor=x', 400, 'bad_parameter', 'cursor: must match pattern "^[0-9]{1,9}$"'],
    ['sockets?cursor=-1', 400, 'bad_parameter', 'cursor: must match pattern "^[0-9]{1,9}$"'],
    ['sockets?fliter=x', 400, 'bad_parameter', 'expected one of filter, sort, limit, cursor, found "fliter"'],
    ['summary?x=1', 400, 'bad_parameter', 'expected no parameter, found "x"'],
    ['findings?considered=perhaps', 400, 'bad_parameter', 'considered: must be boolean'],
    ['findings?lang=fr', 400, 'bad_parameter', 'lang: must be equal to one of the allowed values: en, zh-CN'],
    [
      'groups?by=colour',
      400,
      'bad_parameter',
      'by: expected some of process, pid, unit, container, netns, remote, remotePort, local, localPort, uid, separated by commas, found "colour"',
    ],
    ['nothing', 404, 'not_found', 'there is no GET /api/v1/nothing; see /api/v1/openapi.json'],
  ])('%s', async (path, status, code, message) => {
    const { get } = await server();
    const answer = await get(path);
    expect(Value.Errors(ErrorSchema, answer.body)).toEqual([]);
    expect(answer.body).toEqual({ error: { code, message } });
    expect(answer.status).toBe(status);
  });

  it('sort by an unknown key, which lists the known ones', async () => {
    const { get } = await server();
    const { status, body } = await get('sockets?sort=size');
    expect(status).toBe(400);
    expect(body).toEqual({
      error: {
        code: 'bad_parameter',
        message: expect.stringMatching(/^sort: .*: age, -age, recvq, /) as string,
      },
    });
  });

  it('a filter, with the place of the mistake', async () => {
    const { get } = await server();
    const { status, body } = await get(`sockets?filter=${encodeURIComponent('dport = :https')}`);
    expect(status).toBe(400);
    expect(Value.Errors(ErrorSchema, body)).toEqual([]);
    expect(body).toEqual({
      error: {
        code: 'bad_filter',
        message: 'filter: did not expect ":https" at position 8; expected a port such as :443',
        position: 8,
        expected: 'a port such as :443',
      },
    });
  });

  it('another method', async () => {
    const { get } = await server();
    expect(await get('summary', 'POST')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
  });
});

describe('the OpenAPI document', () => {
  interface Operation {
    operationId?: string;
    summary?: string;
    parameters?: { name: string; description?: string }[];
    responses: Record<string, { description?: string; content?: unknown }>;
  }

  it('is of version 3.1 and describes every route, parameter and answer', async () => {
    const { get } = await server();
    const { status, body } = await get('openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Halfclose', version: '1.2.3' } });
    const paths = body['paths'] as Record<string, Record<string, Operation>>;
    const named = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replace('/api/v1/', '')}`),
    );
    expect(named.sort()).toEqual([
      'delete alerts/{id}/acknowledgement',
      'delete silences/{id}',
      'get alerts',
      'get alerts/resolved',
      'get alerts/{id}',
      'get alerts/{id}/evidence',
      'get detectors',
      'get findings',
      'get findings/episodes',
      'get groups',
      'get history',
      'get listeners',
      'get namespaces',
      'get ports',
      'get quiet-hours',
      'get receivers',
      'get series',
      'get silences',
      'get sockets',
      'get sockets/sheet',
      'get sockets/{id}',
      'get summary',
      'post alerts/{id}/acknowledgement',
      'post receivers/{name}/test',
      'post silences',
    ]);
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(operation.operationId).toMatch(/^[a-z]+[A-Z]/);
      expect(operation.summary).toBeTruthy();
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '500', '503']));
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description).not.toBe('Default Response');
        if (status !== '204' && status !== '304') expect(response.content).toBeDefined();
      }
      for (const parameter of operation.parameters ?? []) expect(parameter.description).toBeTruthy();
    }
  });
});
