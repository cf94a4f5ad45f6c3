import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../server/metrics/index.ts';
import { telemetry } from '../../server/metrics/route.ts';
import { busy, UP } from '../api/given.ts';
import { NO_STORAGE } from '../given.ts';

async function app() {
  const metrics = createMetrics({
    storage: NO_STORAGE.status,
    version: '1.2.3',
    status: () => UP,
    alerts: () => [],
    receivers: () => ['team'],
    outcomes: ['delivered'],
  });
  metrics.publish(busy());
  const fastify = Fastify();
  await fastify.register(telemetry, { path: '/metrics', metrics });
  return fastify;
}

describe('the route of the metrics', () => {
  it('answers text to everybody', async () => {
    const answer = await (await app()).inject('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('# TYPE halfclose_notifications_total counter\n');
  });

  it('answers OpenMetrics to those that ask for it', async () => {
    const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
    const answer = await (await app()).inject({ url: '/metrics', headers });
    expect(answer.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(answer.headers['vary']).toBe('Accept');
    expect(answer.body).toContain('# TYPE halfclose_notifications counter\n');
    expect(answer.body.endsWith('\n# EOF\n')).toBe(true);
  });

  it('is scraped by a real Prometheus as OpenMetrics', async (ctx) => {
    if (spawnSync('prometheus', ['--version']).status !== 0)
      ctx.skip('needs prometheus (package prometheus)');
    const fastify = await app();
    const types: unknown[] = [];
    fastify.addHook('onSend', async (_request, reply) => {
      types.push(reply.getHeader('content-type'));
    });
    const target = new URL(await fastify.listen({ host: '127.0.0.1', port: 0 })).host;
    const folder = mkdtempSync(join(tmpdir(), 'halfclose-prometheus-'));
    const port = await freePort();
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'h', static_configs: [{ targets: [target] }] }],
    };
    // YAML takes JSON.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    try {
      const value = await queried(port, 'halfclose_tcp_sockets{state="close_wait",family="ipv4"}');
      expect(value).toBe('5');
      expect(await queried(port, 'halfclose_notifications_total{receiver="team"}')).toBe('0');
      expect(await queried(port, 'up')).toBe('1');
      expect(types[0]).toContain('application/openmetrics-text');
    } finally {
      prometheus.kill();
      await ended;
      await fastify.close();
      rmSync(folder, { recursive: true });
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The value of a query, as soon as it has one. */
async function queried(port: number, query: string): Promise<string> {
  for (let attempt = 0; attempt < 150; attempt++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      if (data.result[0]) return data.result[0].value[1];
    } catch {
      // Not up yet.
    }
    await setTimeout(100);
  }
  throw new Error(`Prometheus has no value for ${query}`);
}
