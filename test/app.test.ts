import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildApp, type AppParts } from '../server/app.ts';
import { createGuard } from '../server/guard.ts';
import { createMetrics } from '../server/metrics/index.ts';
import type { ObserverStatus } from '../server/model/live.ts';
import type { Observation } from '../server/model/observation.ts';
import { parts } from './api/given.ts';
import { NO_STORAGE, observation } from './given.ts';

const status: ObserverStatus = {
  state: 'up',
  reason: null,
  cause: null,
  restarts: 0,
  observationAgeSeconds: 0,
};
const log = { debug() {}, info() {}, warn() {}, error() {} };
let dashboard: string;

beforeAll(() => {
  dashboard = mkdtempSync(join(tmpdir(), 'halfclose-web-'));
  mkdirSync(join(dashboard, 'assets'));
  writeFileSync(join(dashboard, 'index.html'), '<!doctype html><title>Halfclose</title>');
  writeFileSync(join(dashboard, 'assets/index-abc.js'), 'export {};');
});

async function app(latest: Observation | null = null, over: Partial<AppParts> = {}) {
  const metrics = createMetrics({
    version: '0.0.0',
    status: () => status,
    alerts: () => [],
    storage: NO_STORAGE.status,
    receivers: () => ['team'],
    outcomes: ['delivered'],
  });
  return buildApp({
    guard: createGuard(
      { listen: [], telemetryPath: '/metrics', externalUrl: 'http://127.0.0.1:10793', allowedHosts: [] },
      [],
    ),
    dashboard,
    telemetry: { path: '/metrics', metrics },
    api: await parts({ latest: () => latest, status: () => status, log }),
    log,
    ...over,
  });
}

const host = '127.0.0.1:10793';

test('every answer carries the content security policy, and none asks for TLS', async () => {
  const server = await app();
  for (const url of ['/', '/metrics', '/api/v1/summary', '/nowhere', '/-/healthy']) {
    const { headers } = await server.inject({ url, headers: { host } });
    expect(headers['content-security-policy']).toMatch(/^default-src 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|upgrade-insecure/);
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test.each(['/', '/metrics', '/api/v1/openapi.json', '/-/healthy', '/nowhere', '/assets/index-abc.js'])(
  '%s is not given to a foreign host name or origin',
  async (url) => {
    const server = await app();
    const rebound = await server.inject({ url, headers: { host: 'evil.example' } });
    expect(rebound.statusCode).toBe(403);
    expect(rebound.json()).toMatchObject({ error: { code: 'forbidden' } });
    const foreign = await server.inject({ url, headers: { host, origin: 'http://evil.example' } });
    expect(foreign.statusCode).toBe(403);
  },
);

test('it is ready from the first complete pass on, and healthy before', async () => {
  const before = await app();
  expect((await before.inject({ url: '/-/healthy', headers: { host } })).statusCode).toBe(200);
  expect((await before.inject({ url: '/-/ready', headers: { host } })).statusCode).toBe(503);
  const incomplete = await app(observation({ complete: false }));
  expect((await incomplete.inject({ url: '/-/ready', headers: { host } })).statusCode).toBe(503);
  const after = await app(observation({ complete: true }));
  expect((await after.inject({ url: '/-/ready', headers: { host } })).statusCode).toBe(200);
});

test('what was ready stays ready, whatever a later pass misses', async () => {
  let latest = observation({ complete: true });
  const server = await app(null, { api: await parts({ latest: () => latest, status: () => status, log }) });
  for (const complete of [true, false]) {
    latest = observation({ complete });
    expect((await server.inject({ url: '/-/ready', headers: { host } })).statusCode).toBe(200);
  }
});

test.each(['text/plain;version=0.0.4', 'application/openmetrics-text;version=1.0.0'])(
  'metrics as %s are compressed for who takes gzip',
  async (accept) => {
    const server = await app();
    const headers = { host, accept, 'accept-encoding': 'gzip' };
    const answer = await server.inject({ url: '/metrics', headers });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.headers['content-type']).toContain(accept.split(';')[0]);
    expect(gunzipSync(answer.rawPayload).toString()).toContain('halfclose_observer_up 1');
  },
);

test('files with a hash in their name may be kept for ever, the page itself is asked for each time', async () => {
  const server = await app();
  const page = await server.inject({ url: '/', headers: { host } });
  expect(page.headers['cache-control']).toBe('no-cache');
  const script = await server.inject({ url: '/assets/index-abc.js', headers: { host } });
  expect(script.headers['cache-control']).toContain('immutable');
});

test.each(['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json'])(
  '%s does not lead out of the dashboard',
  async (url) => {
    const server = await app();
    expect((await server.inject({ url, headers: { host } })).statusCode).not.toBe(200);
  },
);

test('what is not there is said in the same form as every error', async () => {
  const server = await app();
  const answer = await server.inject({ url: '/nowhere', headers: { host } });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toEqual({
    error: { code: 'not_found', message: 'there is nothing at GET /nowhere' },
  });
});

test('a URL that cannot be decoded is said to be wrong in the same form', async () => {
  const server = await app();
  for (const url of ['/%zz', '/api/v1/%zz']) {
    const answer = await server.inject({ url, headers: { host } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: { code: 'bad_request', message: expect.any(String) as string } });
  }
});
