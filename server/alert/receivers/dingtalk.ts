import { createHmac } from 'node:crypto';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { codeComplaint, jsonComplaint } from './complaint.ts';
import { cutBytes, fit } from './fit.ts';
import { markdownUrl, renderText, withoutMarkdown, type Markup } from './markup.ts';
import { COLORS, type Message } from './message.ts';
import { optionalSecretOf, secretUrlOf } from './secret.ts';

/** Of the whole body. */
const MAX_BODY_BYTES = 20_000;
/** What JSON makes of a text is at most six times as long, and mostly as long. */
const MAX_TEXT_BYTES = 15_000;

/** -1: the service is busy. 130101, 410100, 90030: more than 20 messages a minute, which are refused for a while. */
const BUSY = new Set<unknown>([-1, 130101, 410100, 90030]);
const BUSY_SECONDS = 60;

/**
 * A robot of a group. Where it asks for signatures, the query has the time in milliseconds and the HMAC-SHA256 of time, line feed
 * and secret by that secret.
 * Sources: https://open.dingtalk.com/document/robots/custom-robot-access,
 * https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
export function createDingtalk(
  name: string,
  config: ReceiverOf<'dingtalk'>,
  clock: Clock,
  log: Log,
): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const secret = optionalSecretOf(config.secret, config.secretFile);
  const service = {
    kind: 'dingtalk',
    escape: withoutMarkdown,
    complaintOf,
    async request(message: Message, text: string | null) {
      const target = new URL(await url());
      const key = await secret();
      if (key !== null) {
        const timestamp = String(clock.wallMs());
        target.searchParams.set('timestamp', timestamp);
        target.searchParams.set(
          'sign',
          createHmac('sha256', key).update(`${timestamp}\n${key}`).digest('base64'),
        );
      }
      const body =
        text === null
          ? fit(message, (each) => bodyOf(message.title, renderText(each, MARKUP)), isShort)
          : bodyOf(message.title, cutBytes(text, MAX_TEXT_BYTES));
      return { url: target.href, body, ...(key !== null && { secrets: [key] }) };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

/** The title is what the list of chats shows. */
function bodyOf(title: string, text: string): string {
  const markdown = { title: withoutMarkdown(title), text };
  return JSON.stringify({ msgtype: 'markdown', markdown, at: { isAtAll: false } });
}

function isShort(body: string): boolean {
  return Buffer.byteLength(body) <= MAX_BODY_BYTES;
}

const MARKUP: Markup = {
  escape: withoutMarkdown,
  title: (text, level) => `### <font color="${COLORS[level]}">${text}</font>`,
  heading: (text, level) => `**<font color="${COLORS[level]}">${text}</font>**`,
  link: (words, url) => `[${words}](${markdownUrl(url)})`,
  // One line feed is a blank.
  newLine: '\n\n',
};

const complaintOf = jsonComplaint(({ errcode, errmsg }) =>
  codeComplaint(errcode, errmsg, BUSY, BUSY_SECONDS),
);
