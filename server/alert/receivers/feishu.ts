import { createHmac } from 'node:crypto';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { jsonComplaint } from './complaint.ts';
import { cutBytes, fit } from './fit.ts';
import type { Level, Message } from './message.ts';
import { optionalSecretOf, secretUrlOf } from './secret.ts';

/** Of the 20 KB that a body may have, without what the signature takes. */
const MAX_CARD_BYTES = 19_000;
const MAX_TEXT_BYTES = 12_000;

/** 11232: the system is busy, as it is at full hours. 11233: the group. 99991400: more than 100 a minute or 5 a second. */
const BUSY = new Set<unknown>([11232, 11233, 99991400]);

const HEADER_COLORS: Readonly<Record<Level, string>> = {
  critical: 'red',
  warning: 'orange',
  info: 'blue',
  resolved: 'green',
};

/**
 * A robot of a group, by a card. All text in it is plain, so that no name is markup and none is called. Where the robot asks for
 * signatures, the body has the time in seconds, and the HMAC-SHA256 of nothing by time, line feed and secret.
 * Sources: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot,
 * https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control
 */
export function createFeishu(name: string, config: ReceiverOf<'feishu'>, clock: Clock, log: Log): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const secret = optionalSecretOf(config.secret, config.secretFile);
  const service = {
    kind: 'feishu',
    escape: (text: string) => text,
    complaintOf,
    async request(message: Message, text: string | null) {
      const key = await secret();
      const timestamp = String(Math.floor(clock.wallMs() / 1000));
      const sign = key === null ? '' : createHmac('sha256', `${timestamp}\n${key}`).digest('base64');
      const card =
        text === null
          ? fit(message, cardOf, isShort)
          : cardOf({ ...message, alerts: [] }, cutBytes(text, MAX_TEXT_BYTES));
      return {
        url: await url(),
        body: JSON.stringify({ ...(key !== null && { timestamp, sign }), msg_type: 'interactive', card }),
        ...(key !== null && { secrets: [key, sign] }),
      };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

function cardOf(message: Message, text?: string) {
  const { title, level, note, alerts, more, url, open } = message;
  const parts = alerts.map(({ heading, explanation, since, advice }) => [
    heading,
    explanation,
    since,
    advice,
  ]);
  const all = text === undefined ? [[note ?? ''], ...parts, [more(alerts.length) ?? '']] : [[text]];
  const texts = all
    .map((lines) => lines.filter((line) => line !== '').join('\n'))
    .filter((each) => each !== '');
  return {
    config: { wide_screen_mode: true },
    header: { template: HEADER_COLORS[level], title: plain(title) },
    elements: [
      ...texts.map((content) => ({ tag: 'div', text: plain(content) })),
      { tag: 'action', actions: [{ tag: 'button', text: plain(open), type: 'default', url }] },
    ],
  };
}

function plain(content: string) {
  return { tag: 'plain_text', content };
}

function isShort(card: object): boolean {
  return Buffer.byteLength(JSON.stringify(card)) <= MAX_CARD_BYTES;
}

/** `code`, or `StatusCode` in answers of old. Error 9499 is used for several things; its words tell which. */
const complaintOf = jsonComplaint(({ code, StatusCode, msg, StatusMessage }, { headers }) => {
  const given = code ?? StatusCode;
  if (given === 0) return null;
  const text = [msg, StatusMessage].find((each) => typeof each === 'string') ?? '';
  const reset = Number(headers['x-ogw-ratelimit-reset'] ?? NaN);
  const retry = BUSY.has(given) || (given === 9499 && /too many/i.test(text));
  return {
    text: `${String(given)}: ${text}`,
    retry,
    ...(retry && Number.isFinite(reset) && { afterSeconds: reset }),
  };
});
