import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../server/alert/clock.ts';
import { createAlerting } from '../../server/alert/index.ts';
import type { Finding } from '../../server/model/finding.ts';
import { ALERTS, DETECTORS, finding, memoryJournal, memoryLog, observation } from '../given.ts';
import { answers, closeServers, serve } from './serve.ts';

const BINARY = 'prometheus-alertmanager';
const MISSING = spawnSync(BINARY, ['--version']).error
  ? `${BINARY} is not installed; "apt-get install ${BINARY}" adds it`
  : null;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await closeServers();
});

interface Listed {
  readonly status: { readonly state: string };
  readonly labels: Readonly<Record<string, string>>;
}

/** A real Alertmanager that knows no peers, on one port whenever it runs, and our alerting that posts to it each second. */
async function given() {
  const hook = await serve(answers(200));
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-restart-'));
  closing.push(async () => {
    rmSync(folder, { recursive: true });
  });
  const config = {
    route: { receiver: 'team', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
    receivers: [{ name: 'team', webhook_configs: [{ url: hook.url }] }],
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  /** `store`: what it has written under another name it does not know. */
  async function start(store: string): Promise<void> {
    const args = [
      `--config.file=${join(folder, 'config.yml')}`,
      `--storage.path=${join(folder, store)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    child = spawn(BINARY, args, { stdio: 'ignore' });
    await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), 15_000);
  }
  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = child;
    child = null;
    if (running?.exitCode === null && running.kill(signal)) await once(running, 'exit');
  }
  closing.push(() => stop('SIGKILL'));

  const outcomes: string[] = [];
  const alerting = await createAlerting({
    detectors: { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 0 } },
    alerts: { ...ALERTS, keepFiringFor: 0 },
    receivers: [
      { name: 'am', matchers: [], maxPerMinute: 1000, alertmanager: { urls: [url], timeout: 5, resend: 1 } },
    ],
    externalUrl: 'http://db1:10793',
    instance: 'db1',
    journal: memoryJournal(),
    log: memoryLog(),
    clock: systemClock,
    onOutcome: (_, outcome) => outcomes.push(outcome),
  });
  closing.push(() => alerting.close());
  let monotonicSeconds = 0;
  return {
    start,
    stop,
    outcomes,
    pass(...findings: Finding[]) {
      alerting.publish(observation({ monotonicSeconds: monotonicSeconds++, at: Date.now(), findings }));
    },
    async listed() {
      const response = await fetch(`${url}/api/v2/alerts`);
      return ((await response.json()) as Listed[]).map(({ labels, status }) => [
        labels['peer'],
        status.state,
      ]);
    },
    /** What Alertmanager has told in its turn. */
    told: () => hook.requests.map(({ body }) => (JSON.parse(body) as { status: string }).status),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

const LEAK = finding('10.0.0.1');

test('an Alertmanager that was killed and has forgotten everything has the firing alert back', async (ctx) => {
  if (MISSING) return ctx.skip(MISSING);
  const { start, stop, pass, listed, outcomes, told } = await given();
  await start('first');
  pass(LEAK);
  await vi.waitFor(async () => expect(await listed()).toEqual([['10.0.0.1', 'active']]), 10_000);
  await stop('SIGKILL');
  await vi.waitFor(() => expect(outcomes.at(-1)).toBe('retry'), 10_000);
  await start('second');
  await vi.waitFor(async () => expect(await listed()).toEqual([['10.0.0.1', 'active']]), 10_000);
  pass();
  await vi.waitFor(async () => expect(await listed()).toEqual([]), 10_000);
  await vi.waitFor(() => expect(told().at(-1)).toBe('resolved'), 10_000);
}, 60_000);

test('an alert that ends while Alertmanager is down is ended there when it is back', async (ctx) => {
  if (MISSING) return ctx.skip(MISSING);
  const { start, stop, pass, listed, outcomes, told } = await given();
  await start('store');
  pass(LEAK);
  await vi.waitFor(() => expect(told()).toEqual(['firing']), 10_000);
  await stop();
  await vi.waitFor(() => expect(outcomes.at(-1)).toBe('retry'), 10_000);
  pass();
  const failed = outcomes.length;
  await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(failed), 10_000);
  expect(outcomes.slice(failed)).not.toContain('delivered');
  await start('store');
  await vi.waitFor(() => expect(told().at(-1)).toBe('resolved'), 10_000);
  expect(await listed()).toEqual([]);
}, 60_000);

test('an alert that begins before Alertmanager does arrives once it is there', async (ctx) => {
  if (MISSING) return ctx.skip(MISSING);
  const { start, pass, outcomes, told } = await given();
  pass(LEAK);
  await vi.waitFor(() => expect(outcomes).toContain('retry'), 10_000);
  await start('store');
  await vi.waitFor(() => expect(told()).toEqual(['firing']), 10_000);
}, 60_000);
