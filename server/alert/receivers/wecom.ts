import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { codeComplaint, jsonComplaint } from './complaint.ts';
import { cutBytes, fit } from './fit.ts';
import { markdownUrl, renderText, withoutMarkdown, type Markup } from './markup.ts';
import type { Level, Message } from './message.ts';
import { secretUrlOf } from './secret.ts';

const MAX_CONTENT_BYTES = 4096;

/** -1: the service is busy. 45009, 45033: more than 20 messages a minute. */
const BUSY = new Set<unknown>([-1, 45009, 45033]);
const BUSY_SECONDS = 60;

/** There are three: green, grey and orange. */
const FONT_COLORS: Readonly<Record<Level, string>> = {
  critical: 'warning',
  warning: 'warning',
  info: 'comment',
  resolved: 'info',
};

/**
 * A robot of a group, in the Markdown that has colours (`markdown_v2` has none).
 * Sources: https://developer.work.weixin.qq.com/document/path/99110, https://developer.work.weixin.qq.com/document/path/90313
 */
export function createWecom(name: string, config: ReceiverOf<'wecom'>, clock: Clock, log: Log): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const service = {
    kind: 'wecom',
    escape: withoutMarkdown,
    complaintOf,
    async request(message: Message, text: string | null) {
      const content =
        text === null
          ? fit(message, (each) => renderText(each, MARKUP), isShort)
          : cutBytes(text, MAX_CONTENT_BYTES);
      return { url: await url(), body: JSON.stringify({ msgtype: 'markdown', markdown: { content } }) };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_CONTENT_BYTES;
}

const MARKUP: Markup = {
  escape: withoutMarkdown,
  title: (text, level) => `### <font color="${FONT_COLORS[level]}">${text}</font>`,
  heading: (text, level) => `**<font color="${FONT_COLORS[level]}">${text}</font>**`,
  link: (words, url) => `[${words}](${markdownUrl(url)})`,
  newLine: '\n',
};

const complaintOf = jsonComplaint(({ errcode, errmsg }) =>
  codeComplaint(errcode, errmsg, BUSY, BUSY_SECONDS),
);
