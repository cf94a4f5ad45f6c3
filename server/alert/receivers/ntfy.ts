import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { cutBytes, fit } from './fit.ts';
import { renderText, type Markup } from './markup.ts';
import type { Level, Message } from './message.ts';
import { optionalSecretOf } from './secret.ts';

/** What is longer becomes an attached file. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_TITLE_BYTES = 250;

/** 3 is the default, 5 is the loudest. */
const PRIORITIES: Readonly<Record<Level, number>> = { critical: 5, warning: 4, info: 3, resolved: 3 };
/** Tags that are shown as pictures. */
const TAGS: Readonly<Record<Level, string>> = {
  critical: 'rotating_light',
  warning: 'warning',
  info: 'information_source',
  resolved: 'white_check_mark',
};

/**
 * Publishes as JSON, which goes to the server's root, the topic within.
 * Sources: https://docs.ntfy.sh/publish/#publish-as-json, https://docs.ntfy.sh/publish/#limitations
 */
export function createNtfy(name: string, config: ReceiverOf<'ntfy'>, clock: Clock, log: Log): Receiver {
  const token = optionalSecretOf(config.token, config.tokenFile);
  const service = {
    kind: 'ntfy',
    escape: (text: string) => text,
    async request(message: Message, text: string | null) {
      const secret = await token();
      const { title, level, isTest, url } = message;
      return {
        url: `${config.url.replace(/\/+$/, '')}/`,
        ...(secret !== null && { headers: { authorization: `Bearer ${secret}` }, secrets: [secret] }),
        body: JSON.stringify({
          topic: config.topic,
          title: cutBytes(title, MAX_TITLE_BYTES),
          message:
            text === null
              ? fit(message, (each) => renderText(each, PLAIN) || title, isShort)
              : cutBytes(text, MAX_MESSAGE_BYTES),
          priority: PRIORITIES[level],
          tags: [TAGS[level], ...(isTest ? ['test'] : [])],
          click: url,
        }),
      };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

/** The title is a field of its own, and the link is what a click opens. */
const PLAIN: Markup = {
  escape: (text) => text,
  title: () => '',
  heading: (text) => text,
  link: () => '',
  newLine: '\n',
};

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_MESSAGE_BYTES;
}
