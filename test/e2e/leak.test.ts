import { io, type Socket } from 'socket.io-client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GroupsAnswer, SocketsAnswer } from '../../server/model/api.ts';
import type { AlertEvidence } from '../../server/model/evidence.ts';
import type { Finding } from '../../server/model/finding.ts';
import type { HistoryAnswer } from '../../server/model/storage.ts';
import type { ClientEvents, Delta, LiveState, ServerEvents, Snapshot } from '../../server/model/live.ts';
import { advance, pictureOf, type Picture } from '../../web/stream.ts';
import { openBrowser, textOf } from './browser.ts';
import { sample, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { Hook } from './hook.ts';
import { isInstalled, isolated, skipUnlessPossible, World, type Client } from './world.ts';

interface AlertsAnswer {
  alerts: { id: string }[];
}

interface FindingsAnswer {
  findings: (Finding & { title: string; explanation: string; advice: string })[];
}

const LEAKED = 12;
const PROMETHEUS = 'http://127.0.0.1:9090';
const ALERTMANAGER = 'http://127.0.0.1:9093';

/** One leak, followed from the kernel to everyone who is told of it, and to its end. The tests are its stations, in order. */
describe('a client that does not close what its server has closed', () => {
  let world: World;
  let hook: Hook;
  let leaky: Client;
  let port: number;
  let halfclose: Halfclose;
  let fingerprint: string;
  let live: { socket: Socket<ServerEvents, ClientEvents>; state: LiveState | null };
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    if (!isolated) return;
    world = new World();
    hook = await Hook.listen();
    const server = await world.server('closing');
    port = server.port;
    leaky = world.client('leaky-client', port);
    halfclose = await startHalfclose(world, {
      config: `
detectors:
  close_wait_leak: { minAge: 2s, minCount: 5, for: 1s }
receivers:
  - { name: team, webhook: { url: '${hook.url}' } }
  - { name: am, alertmanager: { urls: ['${ALERTMANAGER}'] } }
alerts: { keepFiringFor: 1s, groupWait: 0s, groupInterval: 0s }
`,
      flags: ['--collect.interval=250ms'],
    });
    if (isInstalled('prometheus')) startPrometheus(world);
    if (isInstalled('prometheus-alertmanager')) startAlertmanager(world);
    if (isInstalled('chromium')) browser = await openBrowser();
    live = follow(halfclose.url);
    await leaky.does(`leak ${LEAKED}`);
  });
  beforeEach((context) => skipUnlessPossible(context));
  afterAll(async () => {
    await browser?.close();
    live?.socket.close();
    hook?.close();
    await world?.end();
  });

  test('the API names the process, the peer, the cause, the age and what to do', async () => {
    const finding = await vi.waitFor(async () => {
      const { findings } = await halfclose.get<FindingsAnswer>('findings');
      // A pass may have fallen among the leaks: then some are old a pass later.
      expect(findings).toMatchObject([{ count: LEAKED }]);
      return findings[0]!;
    }, WAIT);
    fingerprint = finding.fingerprint;
    expect(finding).toMatchObject({
      detector: 'close_wait_leak',
      cause: 'drained',
      count: LEAKED,
      labels: { process: 'leaky-client', pid: String(leaky.pid), role: 'client', peer: `127.0.0.1:${port}` },
    });
    expect(finding.oldestAgeSeconds).toBeGreaterThanOrEqual(2);
    expect(finding.title).toContain('leaky-client');
    expect(finding.explanation).not.toBe('');
    expect(finding.advice).toMatch(/close/);
    const chinese = await halfclose.get<FindingsAnswer>('findings?lang=zh-CN');
    expect(chinese.findings[0]?.title).toMatch(/leaky-client.*[\u4e00-\u9fff]|[\u4e00-\u9fff].*leaky-client/);
  });

  test("the finding's filter gives its sockets, and a group of them", async () => {
    const { findings } = await halfclose.get<FindingsAnswer>('findings');
    const filter = encodeURIComponent(findings[0]?.filter ?? '');
    const sockets = await halfclose.get<SocketsAnswer>(`sockets?filter=${filter}`);
    expect(sockets.total).toBe(LEAKED);
    for (const row of sockets.rows) {
      expect(row).toMatchObject({
        family: 'ipv4',
        state: 'CLOSE_WAIT',
        remote: { address: '127.0.0.1', port },
        recvQueueBytes: 0,
        process: { pid: leaky.pid, name: 'leaky-client' },
      });
    }
    const groups = await halfclose.get<GroupsAnswer>(`groups?by=process,remote&filter=${filter}`);
    expect(groups.groups).toMatchObject([
      { key: { process: 'leaky-client' }, sockets: LEAKED, byState: { CLOSE_WAIT: LEAKED } },
    ]);
  });

  test('/metrics counts the sockets, the process and the finding', async () => {
    await vi.waitFor(async () => {
      const metrics = await halfclose.text('/metrics');
      expect(sample(metrics, 'halfclose_tcp_sockets{state="close_wait",family="ipv4"}')).toBe(LEAKED);
      expect(
        sample(metrics, 'halfclose_process_tcp_sockets{process="leaky-client",state="close_wait"}'),
      ).toBe(LEAKED);
      expect(sample(metrics, 'halfclose_findings{detector="close_wait_leak",severity="warning"}')).toBe(1);
    }, WAIT);
  });

  test('a real Prometheus scrapes it', async (context) => {
    skipUnlessPossible(context, 'prometheus');
    await vi.waitFor(async () => {
      expect(await query('up{job="halfclose"}')).toEqual([1]);
      expect(await query('sum(halfclose_findings{detector="close_wait_leak"})')).toEqual([1]);
      expect(await query('halfclose_tcp_sockets{state="close_wait",family="ipv4"}')).toEqual([LEAKED]);
    }, WAIT);
  });

  test('a socket.io client has the finding, by a snapshot and by deltas', async () => {
    await vi.waitFor(() => {
      expect(live.state?.findings.map((finding) => finding.fingerprint)).toEqual([fingerprint]);
      expect(live.state?.sockets.byState.CLOSE_WAIT).toBe(LEAKED);
    }, WAIT);
    const second = follow(halfclose.url);
    try {
      await vi.waitFor(() => expect(second.state?.findings[0]?.fingerprint).toBe(fingerprint), WAIT);
    } finally {
      second.socket.close();
    }
  });

  test("the hook is sent Alertmanager's version 4 body", async () => {
    await vi.waitFor(() => expect(hook.bodies).toHaveLength(1), WAIT);
    expect(hook.bodies[0]).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'team',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'close_wait_leak', severity: 'warning', process: 'leaky-client' },
          endsAt: '0001-01-01T00:00:00Z',
        },
      ],
    });
    expect(hook.bodies[0]?.alerts[0]?.annotations['summary']).toContain('leaky-client');
  });

  test('what was seen when the alert began to fire is kept, as JSON and as a page', async () => {
    const { alerts } = await halfclose.get<AlertsAnswer>('alerts');
    const route = `alerts/${alerts[0]?.id}/evidence`;
    const evidence = await vi.waitFor(() => halfclose.get<AlertEvidence>(route), WAIT);
    expect(evidence.alert.fingerprint).toBe(fingerprint);
    expect(evidence.sockets?.rows).toHaveLength(LEAKED);
    expect(evidence.owners.map(({ pid }) => pid)).toEqual([leaky.pid]);
    const page = await halfclose.text(`/api/v1/${route}?format=html&lang=zh-CN`);
    expect(page).toContain('leaky-client');
    expect(page).toMatch(/[\u4e00-\u9fff]/);
  });

  test('the history has the leak, and its peak', async () => {
    const series = encodeURIComponent('tcp_sockets{state="close_wait"}');
    await vi.waitFor(async () => {
      const answer = await halfclose.get<HistoryAnswer>(`history?series=${series}&from=now-5m`);
      expect(answer.series.map(({ max }) => Math.max(...max.map((each) => each ?? 0)))).toEqual([LEAKED]);
    }, WAIT);
  });

  test('a real Alertmanager has the alert', async (context) => {
    skipUnlessPossible(context, 'prometheus-alertmanager');
    await vi.waitFor(async () => {
      expect(await alertsAtAlertmanager()).toMatchObject([
        { labels: { alertname: 'close_wait_leak', process: 'leaky-client' }, status: { state: 'active' } },
      ]);
    }, WAIT);
  });

  test('the page tells it in English', async (context) => {
    skipUnlessPossible(context, 'chromium');
    if (!browser) throw new Error('no browser');
    page = await browser.newPage();
    await page.goto(`${halfclose.url}/?lang=en`);
    await page.locator(`[data-finding="${fingerprint}"]`).waitFor();
    const text = await textOf(page, `[data-finding="${fingerprint}"]`);
    const { findings } = await halfclose.get<FindingsAnswer>('findings?lang=en');
    expect(text).toContain('leaky-client');
    expect(text).toContain(`127.0.0.1:${port}`);
    expect(text).toContain(findings[0]?.title);
    // Those who watch and are told have connections too, which pass through CLOSE_WAIT when they end.
    await vi.waitFor(async () => {
      expect(await textOf(page, '[data-state="CLOSE_WAIT"]')).toMatch(
        new RegExp(`CLOSE_WAIT.*\\b${LEAKED}\\b`),
      );
    }, WAIT);
  });

  test('the page tells it in Chinese', async (context) => {
    skipUnlessPossible(context, 'chromium');
    await page.goto(`${halfclose.url}/?lang=zh-CN`);
    await page.locator(`[data-finding="${fingerprint}"]`).waitFor();
    const text = await textOf(page, `[data-finding="${fingerprint}"]`);
    const { findings } = await halfclose.get<FindingsAnswer>('findings?lang=zh-CN');
    expect(text).toContain('leaky-client');
    expect(text).toContain(findings[0]?.title);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  });

  test('everyone is told when the program closes its sockets', async () => {
    await leaky.does('close');
    await vi.waitFor(async () => {
      expect((await halfclose.get<FindingsAnswer>('findings')).findings).toEqual([]);
    }, WAIT);
    await vi.waitFor(() => expect(hook.bodies.at(-1)?.status).toBe('resolved'), WAIT);
    expect(hook.bodies.at(-1)?.alerts).toMatchObject([
      {
        status: 'resolved',
        labels: { process: 'leaky-client' },
        fingerprint: hook.bodies[0]?.alerts[0]?.fingerprint,
      },
    ]);
    await vi.waitFor(() => expect(live.state?.findings).toEqual([]), WAIT);
    await vi.waitFor(async () => {
      const metrics = await halfclose.text('/metrics');
      expect(sample(metrics, 'halfclose_findings{detector="close_wait_leak",severity="warning"}')).toBe(0);
      expect(sample(metrics, 'halfclose_tcp_sockets{state="close_wait",family="ipv4"}')).toBe(0);
    }, WAIT);
    if (isInstalled('prometheus-alertmanager')) {
      await vi.waitFor(async () => expect(await alertsAtAlertmanager()).toEqual([]), WAIT);
    }
    if (browser) await page.locator(`[data-finding="${fingerprint}"]`).waitFor({ state: 'detached' });
  });
});

/** Keeps the state that a dashboard would show, as the page does: snapshot, then deltas. */
function follow(url: string): { socket: Socket<ServerEvents, ClientEvents>; state: LiveState | null } {
  const socket: Socket<ServerEvents, ClientEvents> = io(url, {
    transports: ['websocket'],
    extraHeaders: { origin: url },
  });
  let picture: Picture | null = null;
  const followed = { socket, state: null as LiveState | null };
  const show = (next: Picture | null) => {
    picture = next;
    followed.state = next?.state ?? null;
    if (!next) socket.emit('resync');
  };
  socket.on('snapshot', (snapshot: Snapshot) => show(pictureOf(snapshot)));
  socket.on('delta', (delta: Delta) => {
    if (picture) show(advance(picture, delta));
  });
  return followed;
}

function startPrometheus(world: World): void {
  const config = world.file(
    'prometheus.yml',
    `
global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: halfclose, static_configs: [{ targets: ['127.0.0.1:10793'] }] }
`,
  );
  world.run('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${world.path('prometheus')}`,
    '--web.listen-address=127.0.0.1:9090',
  ]);
}

function startAlertmanager(world: World): void {
  const config = world.file('alertmanager.yml', 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
  world.run('prometheus-alertmanager', [
    `--config.file=${config}`,
    `--storage.path=${world.path('alertmanager')}`,
    '--web.listen-address=127.0.0.1:9093',
    '--cluster.listen-address=',
  ]);
}

/** The values of an instant query. */
async function query(expression: string): Promise<number[]> {
  const answer = await fetch(`${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => Number(value[1]));
}

async function alertsAtAlertmanager(): Promise<unknown[]> {
  return (await (await fetch(`${ALERTMANAGER}/api/v2/alerts`)).json()) as unknown[];
}
