import { afterEach, expect, test } from 'vitest';
import type { Notification } from '../../../server/model/alert.ts';
import { createWebhook } from '../../../server/alert/receivers/webhook.ts';
import { alert, manualClock, memoryLog } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { NOTIFICATION } from './sample.ts';

afterEach(closeServers);

async function posted(notification: Notification): Promise<string> {
  const { url, requests } = await serve(answers(200));
  const config = { url, timeout: 10, sendResolved: true };
  const webhook = createWebhook('team', config, manualClock(), memoryLog());
  const delivery = await webhook.send(notification, new AbortController().signal);
  expect(delivery).toMatchObject({ outcome: 'delivered' });
  return requests[0]?.body ?? '';
}

test.each(['en', 'zh-CN'] as const)("the body is Alertmanager's version 4, in %s", async (language) => {
  const alerts = NOTIFICATION.alerts.filter((_, i) => i !== 1);
  const body = await posted({ ...NOTIFICATION, alerts, language });
  const golden = `../../golden/webhook.${language.toLowerCase()}.json`;
  await expect(`${JSON.stringify(JSON.parse(body), null, 2)}\n`).toMatchFileSnapshot(golden);
});

test('the group is named as Alertmanager does, whatever it is made of', async () => {
  const groupLabels = { alertname: 'close_wait_leak', process: 'a "b"' };
  const body = JSON.parse(await posted({ ...NOTIFICATION, groupLabels })) as object;
  expect(body).toMatchObject({
    groupLabels,
    groupKey: '{}:{alertname="close_wait_leak", process="a \\"b\\""}',
  });
  const all = JSON.parse(await posted({ ...NOTIFICATION, groupLabels: {} })) as object;
  expect(all).toMatchObject({ groupLabels: {}, groupKey: '{}:{}' });
});

test('all alerts are in it, however many there are', async () => {
  const alerts = Array.from({ length: 1000 }, (_, i) => alert(`10.0.0.${i}`, 'firing'));
  const body = JSON.parse(await posted({ ...NOTIFICATION, alerts })) as { alerts: object[] };
  expect(body).toMatchObject({ truncatedAlerts: 0 });
  expect(body.alerts).toHaveLength(1000);
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
