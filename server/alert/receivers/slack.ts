import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { jsonObject } from './complaint.ts';
import { cutChars, fit } from './fit.ts';
import { withoutMentions } from './markup.ts';
import { COLORS, type Message } from './message.ts';
import type { Answer, Complaint } from './answer.ts';
import { secretUrlOf } from './secret.ts';

/** Of the 40,000 that a message may have, so many are read; a text of an attachment is cut by others beyond its limit. */
const MAX_LENGTH = 12_000;
const MAX_ATTACHMENT_LENGTH = 3000;
const MAX_TEXT_LENGTH = 40_000;

/**
 * An incoming webhook. Attachments and not blocks: Mattermost and Rocket.Chat take these too, and blocks have no colours.
 * Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
 * https://docs.slack.dev/messaging/formatting-message-text, https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
 */
export function createSlack(name: string, config: ReceiverOf<'slack'>, clock: Clock, log: Log): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const channel = config.channel === undefined ? {} : { channel: config.channel };
  const service = {
    kind: 'slack',
    escape,
    complaintOf,
    async request(message: Message, text: string | null) {
      const body =
        text === null
          ? fit(message, attachments, (each) => JSON.stringify(each).length <= MAX_LENGTH)
          : { text: cutChars(text, MAX_TEXT_LENGTH) };
      return { url: await url(), body: JSON.stringify({ ...channel, ...body }) };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

function attachments(message: Message) {
  const { title, note, more, alerts, open } = message;
  const lines = [`*${escape(title)}*`, note ?? '', more(alerts.length) ?? ''];
  return {
    text: lines.filter((line) => line !== '').join('\n'),
    attachments: alerts.map(({ level, heading, explanation, since, advice, url }) => ({
      color: COLORS[level],
      fallback: escape(heading === '' ? title : heading),
      title: heading === '' ? open : escape(heading),
      title_link: url,
      text: cutChars(
        [explanation, since, advice]
          .filter((line) => line !== '')
          .map(escape)
          .join('\n'),
        MAX_ATTACHMENT_LENGTH,
      ),
      mrkdwn_in: ['text'],
    })),
  };
}

/** Mattermost and Rocket.Chat call people by `@all` alone. */
function escape(text: string): string {
  return withoutMentions(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Slack answers `ok` or an error's name with its status; what speaks JSON may say `{"ok":false}` or `{"success":false}` with 200. */
function complaintOf(answer: Answer): Complaint | null {
  const body = jsonObject(answer.body);
  if (body?.['ok'] !== false && body?.['success'] !== false) return null;
  const error = typeof body['error'] === 'string' ? body['error'] : 'refused';
  return { text: error, retry: /^rate_?limited$/.test(error) };
}
