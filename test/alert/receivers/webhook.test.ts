import { afterEach, expect, test } from 'vitest';
import type { Notification } from '../../../server/model/alert.ts';
import { createWebhook } from '../../../server/alert/receivers/webhook.ts';
import { alert, finding, manualClock } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';

afterEach(closeServers);

const ENDS = '2026-01-02T03:14:05.000Z';
const NOTIFICATION: Notification = {
  receiver: 'team',
  alertname: 'close_wait_leak',
  status: 'firing',
  alerts: [
    alert('10.0.0.1', 'firing', {
      severity: 'critical',
      finding: finding('10.0.0.1', {
        severity: 'critical',
        count: 812,
        oldestAgeSeconds: 3725.4,
        ageExact: false,
        evidence: {
          neverAccepted: 0,
          unreadData: 0,
          finUnread: 0,
          drained: 812,
          younger: 3,
          minAgeSeconds: 60,
          ownerGap: null,
          descriptorsUsed: 900,
          descriptorLimit: 1024,
          growthPerMinute: 15,
          growthWindowSeconds: 300,
        },
        forecast: {
          limit: 'descriptors',
          used: 900,
          max: 1024,
          perSecond: 0.25,
          inSeconds: 496,
          soonestSeconds: 400,
          latestSeconds: 700,
        },
      }),
    }),
    alert('2001:db8::1', 'resolved', { endsAt: ENDS }),
  ],
  externalUrl: 'http://db1:10793',
  language: 'en',
};

async function posted(notification: Notification): Promise<string> {
  const { url, requests } = await serve(answers(200));
  const config = { url, timeout: 10, sendResolved: true };
  const webhook = createWebhook('team', config, manualClock());
  expect(await webhook.send(notification, new AbortController().signal)).toEqual({ outcome: 'delivered' });
  return requests[0]?.body ?? '';
}

test.each(['en', 'zh-CN'] as const)("the body is Alertmanager's version 4, in %s", async (language) => {
  const body = await posted({ ...NOTIFICATION, language });
  const golden = `../../golden/webhook.${language.toLowerCase()}.json`;
  await expect(`${JSON.stringify(JSON.parse(body), null, 2)}\n`).toMatchFileSnapshot(golden);
});

test('what all alerts have in common is common, the rest is not', async () => {
  const body = JSON.parse(await posted(NOTIFICATION)) as Record<string, Record<string, string>>;
  expect(body['commonLabels']).toEqual({
    alertname: 'close_wait_leak',
    instance: 'db1',
    process: 'app',
    pid: '42',
    role: 'client',
    port: '5432',
  });
  expect(body['commonAnnotations']).toMatchObject({ cause: 'drained' });
  expect(body['commonAnnotations']).not.toHaveProperty('count');
});
