import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createChat } from './chat.ts';
import { jsonObject } from './complaint.ts';
import { cutChars, fit } from './fit.ts';
import { COLORS, type Message } from './message.ts';
import type { Answer, Complaint } from './answer.ts';
import { secretUrlOf } from './secret.ts';

const MAX_CONTENT_LENGTH = 2000;
const MAX_EMBED_TITLE_LENGTH = 256;
const MAX_EMBED_LENGTH = 4096;
/** Titles and descriptions of all embeds together. */
const MAX_EMBEDS_LENGTH = 6000;

/**
 * A webhook of a channel. `wait=true`: otherwise a message that cannot be saved is no error.
 * Sources: https://docs.discord.com/developers/resources/webhook#execute-webhook,
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 */
export function createDiscord(name: string, config: ReceiverOf<'discord'>, clock: Clock, log: Log): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const service = {
    kind: 'discord',
    escape,
    complaintOf,
    async request(message: Message, text: string | null) {
      const body =
        text === null ? fit(message, embeds, fits) : { content: cutChars(text, MAX_CONTENT_LENGTH) };
      const target = new URL(await url());
      target.searchParams.set('wait', 'true');
      // No name in a message calls anybody, whatever it is.
      return { url: target.href, body: JSON.stringify({ ...body, allowed_mentions: { parse: [] } }) };
    },
  } as const;
  return createChat(name, config, service, clock, log);
}

function embeds(message: Message) {
  const { title, note, more, alerts, open } = message;
  const lines = [`**${escape(title)}**`, note ?? '', more(alerts.length) ?? ''];
  return {
    content: lines.filter((line) => line !== '').join('\n'),
    embeds: alerts.map(({ level, heading, explanation, since, advice, url }) => ({
      title: cutChars(heading === '' ? open : escape(heading), MAX_EMBED_TITLE_LENGTH),
      url,
      color: parseInt(COLORS[level].slice(1), 16),
      description: [explanation, since, advice]
        .filter((line) => line !== '')
        .map(escape)
        .join('\n'),
    })),
  };
}

function fits(message: ReturnType<typeof embeds>): boolean {
  const lengths = message.embeds.map(({ title, description }) => title.length + description.length);
  return (
    message.content.length <= MAX_CONTENT_LENGTH &&
    message.embeds.every(({ description }) => description.length <= MAX_EMBED_LENGTH) &&
    lengths.reduce((sum, length) => sum + length, 0) <= MAX_EMBEDS_LENGTH
  );
}

function escape(text: string): string {
  return text.replace(/[\\*_~`|<>[\]#@]/g, '\\$&');
}

/** `{"message":"…","retry_after":0.65}`, which is finer than the header. */
function complaintOf({ status, body }: Answer): Complaint | null {
  const json = status >= 400 ? jsonObject(body) : null;
  if (!json || typeof json['message'] !== 'string') return null;
  const after = json['retry_after'];
  return {
    text: json['message'],
    retry: false,
    ...(typeof after === 'number' && { afterSeconds: after }),
  };
}
