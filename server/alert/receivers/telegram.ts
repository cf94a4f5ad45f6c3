import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { jsonComplaint } from './complaint.ts';
import { fit } from './fit.ts';
import { renderText, withoutMentions, type Markup } from './markup.ts';
import type { Message } from './message.ts';
import { secretOf } from './secret.ts';

/** Without tags, and with each entity as the character it stands for. */
const MAX_LENGTH = 4096;

/**
 * `sendMessage` of the Bot API, in its HTML. It answers `{"ok":false,"error_code":…,"description":…}`, with
 * `parameters.retry_after` where there were too many.
 * Source: https://core.telegram.org/bots/api#sendmessage
 */
export function createTelegram(
  name: string,
  config: ReceiverOf<'telegram'>,
  clock: Clock,
  log: Log,
): Receiver {
  const token = secretOf(config.botToken, config.botTokenFile);
  const service = {
    kind: 'telegram',
    escape,
    takes: isShort,
    complaintOf,
    async request(message: Message, text: string | null) {
      const secret = await token();
      return {
        url: `${config.apiUrl.replace(/\/+$/, '')}/bot${encodeURIComponent(secret).replaceAll('%3A', ':')}/sendMessage`,
        secrets: [secret],
        body: JSON.stringify({
          chat_id: config.chatId,
          ...(config.messageThreadId !== undefined && { message_thread_id: config.messageThreadId }),
          text: text ?? fit(message, (each) => renderText(each, MARKUP), isShort),
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
        }),
      };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

const MARKUP: Markup = {
  escape,
  title: (text) => `<b>${text}</b>`,
  heading: (text) => `<b>${text}</b>`,
  link: (words, url) => `<a href="${entities(url)}">${entities(words)}</a>`,
  newLine: '\n',
};

function escape(text: string): string {
  return entities(withoutMentions(text));
}

function entities(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function isShort(html: string): boolean {
  return html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, 'x').length <= MAX_LENGTH;
}

const complaintOf = jsonComplaint(({ ok, description, parameters }) => {
  if (ok === true) return null;
  const { retry_after: after, migrate_to_chat_id: moved } = (parameters ?? {}) as Record<string, unknown>;
  const text = typeof description === 'string' ? description : 'refused';
  return {
    text: typeof moved === 'number' ? `${text}; its chatId is ${moved} now` : text,
    retry: typeof after === 'number',
    ...(typeof after === 'number' && { afterSeconds: after }),
  };
});
