import { afterEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../../server/model/alert.ts';
import { manualClock, memoryLog } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { HTTP_KINDS, receiverOf, type HttpKind } from './kinds.ts';
import { NOTIFICATION, TEST } from './sample.ts';

afterEach(closeServers);

async function posted(kind: HttpKind, notification: Notification): Promise<string> {
  const { status, answer } = HTTP_KINDS[kind];
  const { url, requests } = await serve(answers(status, answer));
  const receiver = receiverOf(kind, url, manualClock(), memoryLog());
  expect(await receiver.send(notification, new AbortController().signal)).toMatchObject({
    outcome: 'delivered',
  });
  return `${JSON.stringify(JSON.parse(requests[0]?.body ?? ''), null, 2)}\n`;
}

const KINDS = [
  'alertmanager',
  'slack',
  'discord',
  'telegram',
  'ntfy',
  'dingtalk',
  'feishu',
  'wecom',
] as const satisfies HttpKind[];

describe.each(KINDS)('the body that %s is sent', (kind) => {
  test.each(['en', 'zh-CN'] as const)('in %s', async (language) => {
    const body = await posted(kind, { ...NOTIFICATION, language });
    await expect(body).toMatchFileSnapshot(`../../golden/receivers/${kind}.${language.toLowerCase()}.json`);
  });
});

describe.each([...KINDS, 'webhook'] as const)('a test by %s', (kind) => {
  test.each(['en', 'zh-CN'] as const)('says so in %s', async (language) => {
    const body = await posted(kind, { ...TEST, language });
    expect(body).toMatch(language === 'en' ? /TEST\\*\] / : /【测试】/);
    if (language === 'en') {
      await expect(body).toMatchFileSnapshot(`../../golden/receivers/${kind}.test.json`);
    }
  });
});
