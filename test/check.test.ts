import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { api, type ApiParts } from '../server/api/index.ts';
import { check } from '../server/check.ts';
import { busy, DOWN, parts, STARTING } from './api/given.ts';
import { finding } from './given.ts';

let app: FastifyInstance | undefined;
let other: Server | undefined;

afterEach(async () => {
  await app?.close();
  other?.close();
  other?.closeAllConnections();
  [app, other] = [undefined, undefined];
});

/** A server that answers by the real routes; its URL. */
async function serving(over: Partial<ApiParts> = {}): Promise<string> {
  app = Fastify();
  await app.register(api, {
    prefix: '/api/v1',
    ...(await parts({ latest: () => busy({ undecided: [] }), ...over })),
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function serverThat(answers: RequestListener): Promise<string> {
  other = createServer(answers).listen(0, '127.0.0.1');
  await once(other, 'listening');
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

test('a warning of the running server is one line, and exit code 1', async () => {
  const { line, exitCode } = await check({ url: await serving(), language: 'en' });
  expect(line).toMatch(
    /^HALFCLOSE WARNING - 1 finding: app \(pid 42\) does not close 12 connections to 10\.0\.0\.1 \| /,
  );
  expect(line).toContain('close_wait=5;;;0');
  expect(exitCode).toBe(1);
});

test.each([
  ['critical', [finding('a', { severity: 'critical' })], 2],
  ['explained', [finding('a', { severity: 'info' })], 0],
  ['nothing', [], 0],
] as const)('what is %s ends with its own exit code', async (_, findings, exitCode) => {
  const url = await serving({ latest: () => busy({ findings: [...findings] }) });
  expect(await check({ url, language: 'en' })).toMatchObject({ exitCode });
});

test('the titles are in the language asked for', async () => {
  const { line } = await check({ url: await serving(), language: 'zh-CN' });
  expect(line).toContain('没有关闭');
});

test.each<[string, Partial<ApiParts>, RegExp]>([
  ['the observer is down', { status: () => DOWN }, /the observer is down: .*SIGKILL/],
  [
    'there is no pass yet',
    { latest: () => null, status: () => STARTING },
    /503: the first pass is not finished/,
  ],
  [
    'not all sockets could be read',
    { latest: () => busy({ complete: false }) },
    /could not read all sockets/,
  ],
])('where %s, that is UNKNOWN and exit code 3', async (_, parts, reason) => {
  const { line, exitCode } = await check({ url: await serving(parts), language: 'en' });
  expect(line).toMatch(/^HALFCLOSE UNKNOWN - [^|\n]*$/);
  expect(line).toMatch(reason);
  expect(exitCode).toBe(3);
});

test('a dead URL is UNKNOWN', async () => {
  const url = await serverThat(() => undefined);
  other?.close();
  await once(other!, 'close');
  const { line, exitCode } = await check({ url, language: 'en' });
  expect(line).toMatch(
    /^HALFCLOSE UNKNOWN - http:\/\/127\.0\.0\.1:\d+\/api\/v1\/summary did not answer: .*ECONNREFUSED/,
  );
  expect(exitCode).toBe(3);
});

test.each<[string, RequestListener, RegExp]>([
  ['another program', (_request, response) => response.end('hello'), /is no Halfclose/],
  ['JSON of another shape', (_request, response) => response.end('{"stale":false}'), /is no Halfclose/],
  [
    'a redirect, which is not followed',
    (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /did not answer/,
  ],
])('%s at that address is UNKNOWN', async (_, answers, reason) => {
  const { line, exitCode } = await check({ url: await serverThat(answers), language: 'en' });
  expect(line).toMatch(reason);
  expect(exitCode).toBe(3);
});

test('a server that does not answer in time is UNKNOWN, before the monitor gives up', async () => {
  const url = await serverThat(() => undefined);
  const { line, exitCode } = await check({ url, language: 'en' }, 100);
  expect(line).toContain('did not answer: it took too long');
  expect(exitCode).toBe(3);
});
