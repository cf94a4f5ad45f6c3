import { createReceivers } from '../../../server/alert/receivers/index.ts';
import type { Clock } from '../../../server/alert/clock.ts';
import { parseConfigFile } from '../../../server/config/file.ts';
import type { ReceiverKind } from '../../../server/model/receiver-options.ts';
import type { Log, Receiver } from '../../../server/model/units.ts';

export const SECRET = 's3cr3t-8Qx7';
const HOOK_PATH = `/services/${SECRET}?key=${SECRET}`;

/** Each kind that speaks HTTP: how it is configured for a server, and what the service answers when all is well. */
export const HTTP_KINDS = {
  webhook: { config: (url: string) => ({ url: url + HOOK_PATH }), status: 200, answer: '' },
  alertmanager: { config: (url: string) => ({ urls: [url] }), status: 200, answer: '' },
  slack: { config: (url: string) => ({ url: url + HOOK_PATH }), status: 200, answer: 'ok' },
  discord: { config: (url: string) => ({ url: url + HOOK_PATH }), status: 200, answer: '{"id":"1"}' },
  telegram: {
    config: (url: string) => ({ apiUrl: url, botToken: `1:${SECRET}`, chatId: -1001, messageThreadId: 7 }),
    status: 200,
    answer: '{"ok":true,"result":{"message_id":1}}',
  },
  ntfy: {
    config: (url: string) => ({ url, topic: 'db', token: SECRET }),
    status: 200,
    answer: '{"id":"a","event":"message"}',
  },
  dingtalk: {
    config: (url: string) => ({ url: url + HOOK_PATH, secret: SECRET }),
    status: 200,
    answer: '{"errcode":0,"errmsg":"ok"}',
  },
  feishu: {
    config: (url: string) => ({ url: url + HOOK_PATH, secret: SECRET }),
    status: 200,
    answer: '{"code":0,"data":{},"msg":"success"}',
  },
  wecom: {
    config: (url: string) => ({ url: url + HOOK_PATH }),
    status: 200,
    answer: '{"errcode":0,"errmsg":"ok"}',
  },
  pagerduty: {
    config: (url: string) => ({ url, routingKey: SECRET }),
    status: 202,
    answer: '{"status":"success","message":"Event processed","dedup_key":"a"}',
  },
} as const satisfies Partial<
  Record<ReceiverKind, { config: (url: string) => object; status: number; answer: string }>
>;

export type HttpKind = keyof typeof HTTP_KINDS;
export const HTTP_KIND_NAMES = Object.keys(HTTP_KINDS) as HttpKind[];

/** A receiver of that kind as the configuration file would make it. */
export function receiverOf(kind: HttpKind, url: string, clock: Clock, log: Log, more: object = {}): Receiver {
  const receivers = [{ name: 'team', [kind]: { ...HTTP_KINDS[kind].config(url), ...more } }];
  const [config] = parseConfigFile(JSON.stringify({ receivers }), 'h.yml').receivers;
  return createReceivers(config!, clock, log)[0]!;
}
