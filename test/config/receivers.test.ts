import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../server/config/error.ts';
import { parseConfigFile } from '../../server/config/file.ts';
import { RECEIVER_KINDS, type ReceiverConfig } from '../../server/model/receiver-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfclose-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** One receiver, written as JSON, which is YAML too. */
const read = (receiver: object): ReceiverConfig | undefined =>
  parseConfigFile(JSON.stringify({ receivers: [{ name: 'a', ...receiver }] }), 'h.yml').receivers[0];

function errorOf(receiver: object): string {
  try {
    read(receiver);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replace(/^h\.yml:1: receivers\[0\]\.?/, '');
  }
  throw new Error('expected an error');
}

const HOOK = 'https://hooks.example.net/services/T000/B000/XXXXXXXX';

describe('receivers', () => {
  const kinds: { readonly [K in (typeof RECEIVER_KINDS)[number]]: object } = {
    webhook: { url: HOOK },
    alertmanager: { urls: ['http://127.0.0.1:9093'] },
    slack: { url: HOOK, channel: '#db' },
    discord: { urlFile: fileOf('url', `${HOOK}\n`) },
    telegram: { botToken: '1:a', chatId: -100123, messageThreadId: 4 },
    ntfy: { topic: 'db', token: 'tk_1' },
    dingtalk: { url: HOOK, secretFile: fileOf('secret', 'SEC1') },
    feishu: { url: HOOK, secret: 'x' },
    wecom: { url: HOOK },
    pagerduty: { routingKey: 'R0' },
    email: { smarthost: 'mail:587', from: 'a@example.net', to: ['b@example.net'] },
    command: { argv: ['/bin/true'] },
  };

  it.each(RECEIVER_KINDS)('of the kind %s are read, with the defaults of what is left out', (kind) => {
    expect(read({ [kind]: kinds[kind] })).toMatchObject({
      name: 'a',
      matchers: [],
      maxPerMinute: 20,
      [kind]: { ...kinds[kind], ...(kind !== 'alertmanager' && { sendResolved: true }) },
    });
  });

  it.each([
    [{ slack: {} }, 'slack: expected url or urlFile, found neither'],
    [{ telegram: { chatId: 1 } }, 'telegram: expected botToken or botTokenFile, found neither'],
    [{ pagerduty: {} }, 'pagerduty: expected routingKey or routingKeyFile, found neither'],
    [
      { wecom: { url: HOOK, urlFile: fileOf('url', HOOK) } },
      'wecom.urlFile: expected either this or url, found both',
    ],
    [
      { ntfy: { topic: 'a', token: 'x', tokenFile: fileOf('token', 'x') } },
      'ntfy.tokenFile: expected either this or token, found both',
    ],
    [
      { discord: { urlFile: '/nowhere/url' } },
      'discord.urlFile: expected a file that can be read, found ENOENT at "/nowhere/url"',
    ],
    [
      { discord: { urlFile: folder } },
      `discord.urlFile: expected a file that can be read, found a directory at "${folder}"`,
    ],
    [
      { discord: { urlFile: fileOf('no-url', 's3cr3t') } },
      /^discord\.urlFile: expected a file that holds an http:\/\/ or https:\/\/ URL, found ".*no-url"$/,
    ],
    [
      { webhook: { url: HOOK, tls: { caFile: '/nowhere/ca.pem' } } },
      'webhook.tls.caFile: expected a file that can be read, found ENOENT at "/nowhere/ca.pem"',
    ],
    [
      { webhook: { url: HOOK, tls: { certFile: fileOf('cert', 'x') } } },
      'webhook.tls: expected certFile and keyFile, found only one of them',
    ],
    [
      { telegram: { botToken: '1:a', chatId: true } },
      'telegram.chatId: expected a whole number or text, found true',
    ],
    [
      { slack: { url: HOOK, message: '{{ title' } },
      /^slack\.message: expected a template in Liquid, found output "\{\{ title" not closed/,
    ],
    [
      { slack: { url: HOOK, message: '{% include "/etc/passwd" %}' } },
      /^slack\.message: expected a template in Liquid, found tag "include" not found/,
    ],
    [
      { webhook: { url: HOOK, body: '{{ title | jsn }}' } },
      /^webhook\.body: expected a template in Liquid, found undefined filter: jsn/,
    ],
    [
      { webhook: { url: HOOK, body: '{{ titl }}' } },
      'webhook.body: expected a template that names only status, receiver, title, test, language, groupLabels, alerts, externalUrl, found "titl", did you mean "title"?',
    ],
    [
      { webhook: { url: HOOK }, matchers: ['severity'] },
      'matchers[0]: expected =, !=, =~ or !~, found "severity", wrong from character 8 on',
    ],
    [
      { webhook: { url: HOOK }, matchers: ['a="b"', 'a=~"("'] },
      /^matchers\[1\]: expected a regular expression .*, found "a=~\\"\(\\"", wrong from character 3 on$/,
    ],
  ])('%j are a mistake', (receiver, message) => {
    if (typeof message === 'string') expect(errorOf(receiver)).toBe(message);
    else expect(errorOf(receiver)).toMatch(message);
  });

  it.each([
    { telegram: { botToken: 123456, chatId: 1 } },
    { ntfy: { topic: 'a', token: 123456 } },
    { dingtalk: { url: HOOK, secret: 123456 } },
    { pagerduty: { routingKey: 123456 } },
    { webhook: { url: HOOK, headers: { Authorization: 123456 } } },
    { webhook: { url: HOOK, headers: { Authorization: 'a\n123456' } } },
    { webhook: { url: 'ftp://host/123456' } },
    { discord: { urlFile: fileOf('another', '123456') } },
  ])('never have their secrets repeated: %j', (receiver) => {
    expect(errorOf(receiver)).not.toContain('123456');
  });
});

describe('quiet hours', () => {
  const hours = (more: object) =>
    parseConfigFile(
      JSON.stringify({ alerts: { quietHours: [{ from: '22:00', to: '06:00', ...more }] } }),
      'h.yml',
    ).alerts.quietHours[0];

  it('have a time zone that is known, and matchers', () => {
    expect(hours({ timezone: 'Asia/Shanghai' })).toMatchObject({ timezone: 'Asia/Shanghai' });
    expect(() => hours({ timezone: 'Asia/Nowhere' })).toThrow(
      'alerts.quietHours[0].timezone: expected a time zone such as Asia/Shanghai or UTC, found "Asia/Nowhere"',
    );
    expect(() => hours({ matchers: ['severity!=critical', '=x'] })).toThrow(
      'alerts.quietHours[0].matchers[1]: expected the name of a label, found "=x", wrong from character 0 on',
    );
  });
});
