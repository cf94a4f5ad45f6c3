import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Alert, Notification } from '../../../server/model/alert.ts';
import { systemClock, type Clock } from '../../../server/alert/clock.ts';
import { createAlertmanager } from '../../../server/alert/receivers/alertmanager.ts';
import { createWebhook } from '../../../server/alert/receivers/webhook.ts';
import { alert, finding, manualClock, memoryLog, START_MS } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';

const RESEND = 60;

function notify(alerts: readonly Alert[]): Notification {
  return {
    receiver: 'am',
    groupLabels: { alertname: 'close_wait_leak' },
    isTest: false,
    status: alerts.some((each) => each.state === 'firing') ? 'firing' : 'resolved',
    alerts,
    externalUrl: 'http://db1:10793',
    language: 'en',
  };
}

function open(url: string, clock: Clock) {
  const headers = { 'X-Scope-OrgID': 'db' };
  const target = createAlertmanager('am', url, { timeout: 10, resend: RESEND, headers }, clock);
  return async (...alerts: Alert[]) => {
    const { exchange, ...delivery } = await target.send(notify(alerts), new AbortController().signal);
    void exchange;
    return delivery;
  };
}

interface Posted {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL: string;
}

describe('the body', () => {
  afterEach(closeServers);
  const iso = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();

  async function given(status = 200) {
    let answer = status;
    const { url, requests } = await serve((request, response) => {
      answers(answer)(request, response);
    });
    const clock = manualClock();
    return {
      clock,
      requests,
      answers: (next: number) => (answer = next),
      send: open(`${url}/prefix/`, clock),
      bodies: () => requests.map(({ body }) => JSON.parse(body) as Posted[]),
    };
  }

  test('goes to the API below the URL, whatever that ends with', async () => {
    const { send, requests } = await given();
    await send(alert('a', 'firing'));
    expect(requests).toMatchObject([
      { method: 'POST', url: '/prefix/api/v2/alerts', headers: { 'x-scope-orgid': 'db' } },
    ]);
  });

  test('gives a firing alert an end in the future, and a resolved one its own', async () => {
    const { send, bodies, clock } = await given();
    await clock.advance(10);
    await send(alert('a', 'firing'), alert('b', 'resolved', { endsAt: iso(5) }));
    expect(bodies()).toMatchObject([
      [
        {
          labels: { alertname: 'close_wait_leak', peer: 'a', severity: 'warning', instance: 'db1' },
          annotations: { cause: 'drained', count: '12', oldest_age: '2m5s' },
          startsAt: iso(0),
          endsAt: iso(10 + 4 * RESEND),
          generatorURL: expect.stringMatching(/^http:\/\/db1:10793\/findings\/[0-9a-f]{16}$/),
        },
        { labels: { peer: 'b' }, startsAt: iso(0), endsAt: iso(5) },
      ],
    ]);
  });

  test('has no end before its start, although the wall clock was set back', async () => {
    const { send, bodies } = await given();
    await send(alert('a', 'firing', { startsAt: iso(86_400) }));
    expect(bodies()).toMatchObject([[{ startsAt: iso(86_400), endsAt: iso(86_400) }]]);
  });

  test('ends the alert with the old severity once the new one was sent, and only once', async () => {
    const { send, bodies, clock, answers } = await given();
    const worse = alert('a', 'firing', { severity: 'critical' });
    await send(alert('a', 'firing'));
    await clock.advance(30);
    answers(503);
    await send(worse);
    answers(200);
    await send(worse);
    await send(worse);
    const sent = bodies().map((body) => body.map(({ labels, endsAt }) => [labels['severity'], endsAt]));
    const change = [
      ['warning', iso(30)],
      ['critical', iso(30 + 4 * RESEND)],
    ];
    expect(sent.slice(1)).toEqual([change, change, change.slice(1)]);
  });
});

describe('groups', () => {
  afterEach(closeServers);

  test('are apart: a change of severity in one is none in another, and a test is in none', async () => {
    const { url, requests } = await serve(answers(200));
    const target = createAlertmanager('am', url, { timeout: 10, resend: RESEND }, manualClock());
    const { signal } = new AbortController();
    const send = async (process: string, severity: 'warning' | 'critical', isTest = false) => {
      const groupLabels = { process };
      await target.send({ ...notify([alert('a', 'firing', { severity })]), groupLabels, isTest }, signal);
      return (JSON.parse(requests.at(-1)?.body ?? '') as Posted[]).map(({ labels }) => labels['severity']);
    };
    expect(await send('api', 'warning')).toEqual(['warning']);
    expect(await send('web', 'critical')).toEqual(['critical']);
    expect(await send('api', 'critical', true)).toEqual(['critical']);
    expect(await send('api', 'critical')).toEqual(['warning', 'critical']);
  });
});

const BINARY = 'prometheus-alertmanager';

function missing(): string | null {
  try {
    execFileSync(BINARY, ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return `${BINARY} is not installed; "apt-get install ${BINARY}" adds it`;
  }
}

/**
 * One real Alertmanager on loopback, that knows no peers and no receiver but a webhook of ours: what it posts there is the
 * measure of what we post to webhooks.
 */
describe('a real Alertmanager', () => {
  const why = missing();
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-alertmanager-'));
  let url = '';
  let hook: Awaited<ReturnType<typeof serve>>;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    if (why) return;
    hook = await serve(answers(200));
    const config = {
      route: { receiver: 'team', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
      receivers: [{ name: 'team', webhook_configs: [{ url: hook.url }] }],
    };
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    child = spawn(
      BINARY,
      [
        `--config.file=${join(folder, 'config.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), 15_000);
  }, 20_000);

  afterAll(async () => {
    if (child && child.exitCode === null && child.kill()) await once(child, 'exit');
    await closeServers();
    rmSync(folder, { recursive: true });
  });

  interface Listed extends Posted {
    status: { state: string };
  }
  const listed = async (peer: string) => {
    const response = await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(`peer="${peer}"`)}`);
    return (await response.json()) as Listed[];
  };
  const now = () => new Date().toISOString();

  test('holds an alert as active while it fires, and no longer when it has resolved', async (ctx) => {
    if (why) ctx.skip(why);
    const send = open(url, systemClock);
    const firing = alert('10.0.0.1', 'firing', { startsAt: now() });
    expect(await send(firing)).toEqual({ outcome: 'delivered' });
    expect(await listed('10.0.0.1')).toMatchObject([
      {
        status: { state: 'active' },
        labels: firing.labels,
        annotations: { cause: 'drained', count: '12' },
        startsAt: firing.startsAt,
      },
    ]);
    expect(await send({ ...firing, state: 'resolved', endsAt: now() })).toEqual({ outcome: 'delivered' });
    expect(await listed('10.0.0.1')).toEqual([]);
  });

  test('holds one alert when the severity changes', async (ctx) => {
    if (why) ctx.skip(why);
    const send = open(url, systemClock);
    const startsAt = now();
    await send(alert('10.0.0.2', 'firing', { startsAt }));
    await send(alert('10.0.0.2', 'firing', { startsAt, severity: 'critical' }));
    expect(await listed('10.0.0.2')).toMatchObject([{ labels: { severity: 'critical' } }]);
  });

  test('takes an alert that was never sent as resolved, and one from before the clock was set back', async (ctx) => {
    if (why) ctx.skip(why);
    const send = open(url, systemClock);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect(await send(alert('10.0.0.3', 'resolved'))).toEqual({ outcome: 'delivered' });
    expect(await send(alert('10.0.0.4', 'firing', { startsAt: tomorrow }))).toEqual({ outcome: 'delivered' });
  });

  test('refuses what is no alert, and says why', async (ctx) => {
    if (why) ctx.skip(why);
    const send = open(url, systemClock);
    // Newer versions take any UTF-8 as a label's name; an alert without labels is none to all of them.
    expect(await send(alert('10.0.0.5', 'firing', { labels: {}, startsAt: now() }))).toEqual({
      outcome: 'refused',
      reason: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: 400: .*label/),
    });
  });

  test('posts to a webhook what our webhook receiver posts', async (ctx) => {
    if (why) ctx.skip(why);
    // Go writes no zeros at the end of a fraction, JavaScript always writes three digits.
    const startsAt = now().replace(/\d{3}Z$/, '123Z');
    const labels = { process: 'other', peer: '10.0.0.6' };
    const firing = alert('', 'firing', {
      startsAt,
      finding: finding('', { detector: 'time_wait_buildup', cause: 'client_ports', labels }),
    });
    const groupLabels = { alertname: firing.alertname };
    const notification = { ...notify([firing]), receiver: 'team', groupLabels };
    await open(url, systemClock)(firing);
    const theirs = await vi.waitFor(() => {
      const bodies = hook.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
      const body = bodies.find((each) => JSON.stringify(each['groupLabels']).includes(firing.alertname));
      expect(body).toBeDefined();
      return body;
    }, 10_000);

    const own = await serve(answers(200));
    const webhook = createWebhook(
      'team',
      { url: own.url, timeout: 10, sendResolved: true },
      systemClock,
      memoryLog(),
    );
    await webhook.send(notification, new AbortController().signal);
    const ours = JSON.parse(own.requests[0]?.body ?? '') as Record<string, unknown>;
    // Two programs, two addresses, two ways to hash; all else is equal, as long as the alert fires.
    const apart = { externalURL: expect.any(String) as string };
    const [alertOfTheirs] = theirs?.['alerts'] as [{ fingerprint: string }];
    expect(alertOfTheirs.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(ours).toEqual({
      ...theirs,
      ...apart,
      alerts: [{ ...alertOfTheirs, fingerprint: firing.fingerprint }],
    });
    expect(firing.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
