import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createPagerduty } from '../../../server/alert/receivers/pagerduty.ts';
import type { Alert, Notification } from '../../../server/model/alert.ts';
import { alert, finding, manualClock } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { NOTIFICATION } from './sample.ts';

const ROUTING_KEY = '0123456789abcdef0123456789abcdef';
const ACCEPTED = JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: 'x' });

afterEach(closeServers);

interface Event {
  routing_key: string;
  event_action: string;
  dedup_key: string;
  payload?: { summary: string; severity: string; source: string };
}

/** PagerDuty's shape: 202 for what it takes. `answer` may say otherwise, by the number of the request. */
async function given(answer: (nth: number) => number = () => 202, over: object = {}) {
  let nth = 0;
  const { url, requests } = await serve((request, response) => {
    const status = answer(++nth);
    const error = JSON.stringify({ status: 'invalid event', message: `no such key: ${ROUTING_KEY}` });
    answers(status, status === 202 ? ACCEPTED : error)(request, response);
  });
  const config = { url: `${url}/v2/enqueue`, routingKey: ROUTING_KEY, timeout: 10, sendResolved: true };
  const receiver = createPagerduty('on-call', { ...config, ...over }, manualClock());
  const send = (notification: Notification) => receiver.send(notification, new AbortController().signal);
  const events = () => requests.map(({ body }) => JSON.parse(body) as Event);
  const told = () => events().map(({ event_action, payload }) => payload?.severity ?? event_action);
  return { url, send, events, told, requests };
}

const of = (...alerts: Alert[]): Notification => ({ ...NOTIFICATION, alerts });

describe('the events', () => {
  test.each(['en', 'zh-CN'] as const)(
    'are one for each alert, as PagerDuty has them, in %s',
    async (language) => {
      const { send, events, requests } = await given();
      expect(await send({ ...NOTIFICATION, language })).toMatchObject({
        outcome: 'delivered',
        exchange: { status: 202 },
      });
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
        Array(3).fill('POST /v2/enqueue'),
      );
      const golden = `../../golden/receivers/pagerduty.${language.toLowerCase()}.json`;
      await expect(`${JSON.stringify(events(), null, 2)}\n`).toMatchFileSnapshot(golden);
    },
  );

  test('of an alert have the same key at its beginning and its end, and another on another host', async () => {
    const { send, events } = await given();
    const elsewhere = alert('a', 'firing', { labels: { ...alert('a', 'firing').labels, instance: 'db2' } });
    await send(of(alert('a', 'firing')));
    await send(of(alert('a', 'resolved')));
    await send(of(elsewhere));
    const [begin, end, other] = events().map(({ dedup_key }) => dedup_key);
    expect(end).toBe(begin);
    expect(other).not.toBe(begin);
  });

  test('keep to the lengths that PagerDuty takes', async () => {
    const { send, events } = await given();
    const labels = { process: 'x'.repeat(3000), pid: '1', role: 'client', peer: '10.0.0.1', port: '1' };
    const long = alert('', 'firing', { finding: finding('', { labels }) });
    await send(of({ ...long, labels: { ...long.labels, instance: 'h'.repeat(300) } }));
    const [event] = events();
    expect(event?.payload?.summary.length).toBe(1024);
    expect(event?.dedup_key.length).toBe(255);
  });

  test('of a test open an incident that says so, and close it', async () => {
    const { send, events } = await given();
    await send({ ...of(alert('a', 'firing')), isTest: true });
    const [begin, end] = events();
    expect(begin).toMatchObject({
      event_action: 'trigger',
      payload: { summary: expect.stringMatching(/TEST/) },
    });
    expect(end).toMatchObject({ event_action: 'resolve', dedup_key: begin?.dedup_key });
    await send(of(alert('a', 'firing')));
    expect(events()[2]?.dedup_key).not.toBe(begin?.dedup_key);
  });
});

describe('when PagerDuty is busy', () => {
  const three = of(
    alert('a', 'firing', { severity: 'info' }),
    alert('b', 'firing'),
    alert('c', 'firing', { severity: 'critical' }),
  );

  test('sending breaks off, and goes on there the next time', async () => {
    const { send, told } = await given((nth) => (nth === 2 ? 429 : 202));
    expect(await send(three)).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/: 429/),
      inDoubt: true,
    });
    expect(await send(three)).toMatchObject({ outcome: 'delivered' });
    expect(told()).toEqual(['info', 'warning', 'warning', 'critical']);
    // A repetition is one of all of them.
    await send(three);
    expect(told().slice(4)).toEqual(['info', 'warning', 'critical']);
  });

  test('nothing is in doubt where the first event was put off', async () => {
    const { send } = await given(() => 503);
    expect(await send(three)).toMatchObject({ outcome: 'retry', inDoubt: false });
  });

  test('what has changed since is told although the rest is not told again', async () => {
    const { send, told } = await given((nth) => (nth === 2 ? 500 : 202));
    await send(three);
    const again = alert('a', 'firing', { id: 'another', severity: 'info' });
    await send(of(alert('a', 'resolved'), again, alert('b', 'firing')));
    expect(told()).toEqual(['info', 'warning', 'resolve', 'info', 'warning']);
  });

  test('another group is told all of its own', async () => {
    const { send, told } = await given((nth) => (nth === 2 ? 429 : 202));
    await send(three);
    await send({ ...three, groupLabels: { alertname: 'other' } });
    expect(told()).toEqual(['info', 'warning', 'info', 'warning', 'critical']);
  });
});

test('an event that is refused keeps none of the others, and the refusal is told at the end', async () => {
  const { send, told } = await given((nth) => (nth === 1 ? 400 : nth === 2 ? 429 : 202));
  const two = of(alert('a', 'firing'), alert('b', 'resolved'));
  expect(await send(two)).toMatchObject({ outcome: 'retry' });
  expect(await send(two)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/: 400/) });
  expect(told()).toEqual(['warning', 'resolve', 'resolve']);
});

test('the key is in what is sent, and in nothing that is shown', async () => {
  const { send, events } = await given(() => 400);
  const delivery = await send(NOTIFICATION);
  expect(events()[0]?.routing_key).toBe(ROUTING_KEY);
  expect(delivery).toMatchObject({ outcome: 'refused', exchange: { status: 400 } });
  expect(JSON.stringify(delivery)).not.toContain(ROUTING_KEY);
});

test('a key from a file is read for each notification, and waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-pagerduty-'));
  const path = join(folder, 'key');
  const { send, events } = await given(() => 202, { routingKey: undefined, routingKeyFile: path });
  const one = of(alert('a', 'firing'));
  expect(await send(one)).toMatchObject({ outcome: 'retry', reason: expect.stringContaining(path) });
  for (const key of ['first', 'second']) {
    writeFileSync(path, `${key}\n`);
    await send(one);
  }
  expect(events().map(({ routing_key }) => routing_key)).toEqual(['first', 'second']);
  rmSync(folder, { recursive: true });
});
