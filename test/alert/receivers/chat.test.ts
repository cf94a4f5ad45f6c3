import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { manualClock, memoryLog, START_MS } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { receiverOf, SECRET, type HttpKind } from './kinds.ts';
import { NOTIFICATION, TEST } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfclose-'));
afterEach(closeServers);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function given(kind: HttpKind, listener: RequestListener, more: object = {}) {
  const server = await serve(listener);
  const log = memoryLog();
  const receiver = receiverOf(kind, server.url, manualClock(), log, more);
  return {
    ...server,
    log,
    send: (notification = NOTIFICATION) => receiver.send(notification, new AbortController().signal),
  };
}

const busy = (afterSeconds?: number) => ({
  outcome: 'retry',
  ...(afterSeconds !== undefined && { afterSeconds }),
});
const refused = { outcome: 'refused' };

describe('an error in the body is one, whatever the status:', () => {
  test.each<[HttpKind, number, object | string, object, RegExp]>([
    [
      'dingtalk',
      200,
      { errcode: 310000, errmsg: 'sign not match' },
      refused,
      /: 200: 310000: sign not match$/,
    ],
    ['dingtalk', 200, { errcode: 130101, errmsg: 'send too fast' }, busy(60), /130101: send too fast/],
    ['dingtalk', 200, { errcode: -1, errmsg: 'system busy' }, busy(60), /-1: system busy/],
    ['dingtalk', 200, '<html>portal</html>', busy(), /the answer is not that of the service/],
    ['wecom', 200, { errcode: 93000, errmsg: 'invalid webhook url' }, refused, /93000: invalid/],
    ['wecom', 200, { errcode: 45009, errmsg: 'api freq out of limit' }, busy(60), /45009: api freq/],
    ['feishu', 200, { code: 19021, msg: 'sign match fail' }, refused, /19021: sign match fail/],
    ['feishu', 200, { code: 11232, msg: 'frequency limited' }, busy(), /11232/],
    ['feishu', 400, { code: 99991400, msg: 'request trigger frequency limit' }, busy(), /99991400/],
    ['feishu', 200, { code: 9499, msg: 'too many request' }, busy(), /9499/],
    ['feishu', 200, { code: 9499, msg: 'Bad Request' }, refused, /9499/],
    ['feishu', 200, { StatusCode: 0, StatusMessage: 'success' }, { outcome: 'delivered' }, /^/],
    [
      'telegram',
      429,
      { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 31 } },
      busy(31),
      /429: Too Many Requests$/,
    ],
    [
      'telegram',
      401,
      { ok: false, error_code: 401, description: 'Unauthorized' },
      refused,
      /401: Unauthorized/,
    ],
    [
      'telegram',
      400,
      { ok: false, description: 'Bad Request: group upgraded', parameters: { migrate_to_chat_id: -100200 } },
      refused,
      /its chatId is -100200 now/,
    ],
    ['slack', 403, 'action_prohibited', refused, /403: action_prohibited$/],
    ['slack', 200, { ok: false, error: 'ratelimited' }, busy(), /200: ratelimited/],
    ['slack', 200, { success: false, error: 'invalid-channel' }, refused, /invalid-channel/],
    ['slack', 200, { success: true }, { outcome: 'delivered' }, /^/],
    [
      'discord',
      429,
      { message: 'You are being rate limited.', retry_after: 0.65 },
      busy(0.65),
      /429: You are/,
    ],
    ['discord', 404, { message: 'Unknown Webhook', code: 10015 }, refused, /404: Unknown Webhook$/],
    ['ntfy', 403, { code: 40301, http: 403, error: 'forbidden' }, refused, /403/],
  ])('%s %i %j', async (kind, status, body, outcome, reason) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { send } = await given(kind, answers(status, text));
    const delivery = await send();
    expect(delivery).toMatchObject(outcome);
    expect((delivery as { reason?: string }).reason ?? '').toMatch(reason);
  });

  test('Feishu says in a header how long to wait', async () => {
    const limited = JSON.stringify({ code: 99991400, msg: 'request trigger frequency limit' });
    const { send } = await given('feishu', answers(429, limited, { 'x-ogw-ratelimit-reset': '52' }));
    expect(await send()).toMatchObject(busy(52));
  });
});

describe('a signature', () => {
  test('of DingTalk is in the query, by the secret, over time and secret', async () => {
    const { send, requests } = await given('dingtalk', answers(200, '{"errcode":0}'));
    await send();
    const query = new URL(requests[0]?.url ?? '', 'http://a').searchParams;
    expect(query.get('key')).toBe(SECRET);
    expect(query.get('timestamp')).toBe(String(START_MS));
    const sign = createHmac('sha256', SECRET).update(`${START_MS}\n${SECRET}`).digest('base64');
    expect(query.get('sign')).toBe(sign);
  });

  test('of Feishu is in the body, by time and secret, over nothing', async () => {
    const { send, requests } = await given('feishu', answers(200, '{"code":0}'));
    const delivery = await send();
    const timestamp = String(START_MS / 1000);
    const sign = createHmac('sha256', `${timestamp}\n${SECRET}`).update('').digest('base64');
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ timestamp, sign });
    expect(delivery.exchange?.body).not.toContain(sign);
  });

  test('is left out where the robot asks for none', async () => {
    const dingtalk = await given('dingtalk', answers(200, '{"errcode":0}'), { secret: undefined });
    await dingtalk.send();
    expect(dingtalk.requests[0]?.url).not.toMatch(/timestamp|sign/);
    const feishu = await given('feishu', answers(200, '{"code":0}'), { secret: undefined });
    await feishu.send();
    expect(JSON.parse(feishu.requests[0]?.body ?? '')).not.toHaveProperty('sign');
  });
});

describe('what a service is sent besides the message', () => {
  test('Discord tells of errors only when it is waited for', async () => {
    const { send, requests } = await given('discord', answers(200, '{}'));
    await send();
    expect(new URL(requests[0]?.url ?? '', 'http://a').searchParams.get('wait')).toBe('true');
  });

  test('Telegram has the token in the path, ntfy in a header, and the topic at the root', async () => {
    const telegram = await given('telegram', answers(200, '{"ok":true}'));
    await telegram.send();
    expect(telegram.requests[0]?.url).toBe(`/bot1:${SECRET}/sendMessage`);
    const ntfy = await given('ntfy', answers(200, '{}'));
    await ntfy.send();
    expect(ntfy.requests[0]).toMatchObject({ url: '/', headers: { authorization: `Bearer ${SECRET}` } });
  });

  test('a Slack channel, where one is given', async () => {
    const { send, requests } = await given('slack', answers(200, 'ok'), { channel: '#db' });
    await send();
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ channel: '#db' });
  });
});

describe('a secret in a file', () => {
  test('is read for each message, without the line feed at its end', async () => {
    const server = await serve(answers(200, '{"ok":true}'));
    const botTokenFile = join(folder, 'token');
    writeFileSync(botTokenFile, '1:first\n');
    const receiver = receiverOf('telegram', server.url, manualClock(), memoryLog(), {
      botToken: undefined,
      botTokenFile,
    });
    const { signal } = new AbortController();
    await receiver.send(NOTIFICATION, signal);
    writeFileSync(botTokenFile, '1:second\n');
    await receiver.send(NOTIFICATION, signal);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/bot1:first/sendMessage',
      '/bot1:second/sendMessage',
    ]);
  });

  test('that cannot be read is tried again, and named', async () => {
    const urlFile = join(folder, 'url');
    writeFileSync(urlFile, 'http://127.0.0.1:9/s3cr3t');
    const receiver = receiverOf('wecom', '', manualClock(), memoryLog(), { url: undefined, urlFile });
    const send = () => receiver.send(NOTIFICATION, new AbortController().signal);
    writeFileSync(urlFile, 's3cr3t');
    expect(await send()).toEqual({
      outcome: 'retry',
      reason: `${urlFile}: expected an http:// or https:// URL`,
    });
    writeFileSync(urlFile, ' \n');
    expect(await send()).toMatchObject({ reason: `${urlFile}: expected a secret, found nothing` });
    rmSync(urlFile);
    expect(await send()).toMatchObject({ outcome: 'retry', reason: `cannot read ${urlFile}: ENOENT` });
  });
});

describe('a template of the message', () => {
  const LIST = '{{ title }}{% for alert in alerts %}\n<b>{{ alert.labels.process }}</b>{% endfor %}';

  test('replaces the message, with its values made harmless and its own markup kept', async () => {
    const { send, requests } = await given('telegram', answers(200, '{"ok":true}'), {
      message: '<b>{{ alerts[0].labels.process }}</b> {{ "<i>" | raw }}x</i>',
    });
    const [first] = NOTIFICATION.alerts;
    const alerts = [{ ...first!, labels: { ...first!.labels, process: 'a<b>&"' } }];
    await send({ ...NOTIFICATION, alerts });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      text: '<b>a&lt;b&gt;&amp;&quot;</b> <i>x</i>',
    });
  });

  test('says that it is a test, too', async () => {
    const { send, requests } = await given('slack', answers(200, 'ok'), { message: 'down!' });
    await send(TEST);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      text: expect.stringMatching(/^\[TEST\] .*\ndown!$/),
    });
  });

  test('that fails loses no alert: the default message is sent, and the log says why', async () => {
    const { send, requests, log } = await given('slack', answers(200, 'ok'), {
      message: '{{ alerts[0].labels.nosuch }}',
    });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(requests[0]?.body).toContain('2 firing, 1 resolved');
    expect(log.lines).toEqual([expect.stringMatching(/^warn .*template failed.*undefined variable/)]);
  });

  test('that the service refuses loses no alert', async () => {
    let calls = 0;
    const no = JSON.stringify({ ok: false, description: "Bad Request: can't parse entities" });
    const { send, requests, log } = await given(
      'telegram',
      (request, response) => {
        (calls++ === 0 ? answers(400, no) : answers(200, '{"ok":true}'))(request, response);
      },
      { message: '<b>{{ title }}' },
    );
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(requests.map(({ body }) => body.includes('does not close'))).toEqual([false, true]);
    expect(log.lines).toEqual([expect.stringMatching(/can't parse entities/)]);
  });

  test('of a receiver that refuses us anyway is not to blame', async () => {
    const { send, requests, log } = await given('slack', answers(404, 'no_service'), { message: LIST });
    expect(await send()).toMatchObject({ outcome: 'refused' });
    expect(requests).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });

  test('that gives more than Telegram takes is replaced, for HTML cannot be cut', async () => {
    const { send, requests, log } = await given('telegram', answers(200, '{"ok":true}'), {
      message: '{% for i in (1..20) %}{{ alerts[0].advice }}{% endfor %}',
    });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(requests[0]?.body).toContain('does not close');
    expect(log.lines).toEqual([expect.stringMatching(/more than the service takes/)]);
  });
});
