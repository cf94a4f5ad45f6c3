import type { Notification } from '../../model/alert.ts';
import { printable } from '../../model/printable.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import { NOTIFICATION_TEXTS } from '../../model/texts/notification-texts.ts';
import type { Log } from '../../model/units.ts';
import { messageOf, type AlertText, type Level, type Message } from './message.ts';
import { createTemplate } from './template.ts';

const MAX_SUBJECT_LENGTH = 250;
const COLOURS: Readonly<Record<Level, string>> = {
  critical: '#b91c1c',
  warning: '#b45309',
  info: '#1d4ed8',
  resolved: '#15803d',
};
const FONT = 'font-family:system-ui,-apple-system,"Segoe UI","Noto Sans CJK SC",sans-serif;line-height:1.5';

/** What is said in one mail. */
export interface MailTexts {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** No alert is lost by a template: where one fails, the usual text is sent, and the log says why. Throws where one is none. */
export function mailTexts(
  name: string,
  { subject, message }: ReceiverOf<'email'>,
  log: Log,
): (notification: Notification) => MailTexts {
  const subjectTemplate = subject === undefined ? null : createTemplate(subject);
  const textTemplate = message === undefined ? null : createTemplate(message);
  return (notification) => {
    const usual = messageOf(notification);
    const { test } = NOTIFICATION_TEXTS[notification.language];
    try {
      const own = oneLine(subjectTemplate?.render(notification) ?? '');
      const title = own === '' ? oneLine(usual.title) : usual.isTest ? test(own) : own;
      if (!textTemplate) return { subject: title, text: plainText(usual), html: htmlText(usual) };
      const given = textTemplate.render(notification);
      const text = usual.isTest ? `${usual.title}\n\n${given}` : given;
      return { subject: title, text, html: htmlOfText(text) };
    } catch (err) {
      const reason = (err as Error).message;
      log.warn(
        { receiver: name, kind: 'email', reason },
        "the receiver's template failed, its default text is sent",
      );
      return { subject: oneLine(usual.title), text: plainText(usual), html: htmlText(usual) };
    }
  };
}

/** Header lines are made of it: line breaks and what else is not to be seen is taken out. */
function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim(), MAX_SUBJECT_LENGTH);
}

/** A message as plain text. */
function plainText(message: Message): string {
  const blocks = message.alerts.map(({ heading, explanation, advice, since, url }) =>
    [heading, explanation, advice, since, url].filter((line) => line !== '').join('\n'),
  );
  const more = message.more(message.alerts.length);
  const end = `${message.open}\n${message.url}`;
  return `${[message.title, message.note, ...blocks, more, end].filter((block) => block !== null).join('\n\n')}\n`;
}

/** The same as HTML. All of it is text of unknown origin, and escaped. */
function htmlText(message: Message): string {
  const { title, level, note, alerts, url, open } = message;
  const more = message.more(alerts.length);
  return page([
    `<p><strong style="color:${COLOURS[level]}">${escapeHtml(title)}</strong></p>`,
    ...(note === null ? [] : [`<p>${escapeHtml(note)}</p>`]),
    ...alerts.map((alert) => alertHtml(alert, open)),
    ...(more === null ? [] : [`<p>${escapeHtml(more)}</p>`]),
    ...(alerts.length === 1 ? [] : [`<p>${link(url, open)}</p>`]),
  ]);
}

/** Text that a template made, as HTML. */
function htmlOfText(text: string): string {
  return page([`<p style="white-space:pre-wrap">${escapeHtml(text)}</p>`]);
}

function alertHtml({ level, heading, explanation, advice, since, url }: AlertText, open: string): string {
  const lines = [explanation, advice, since].filter((line) => line !== '').map(escapeHtml);
  const head = heading === '' ? [] : [`<strong>${escapeHtml(heading)}</strong>`];
  const body = [...head, ...lines, link(url, open)].join('<br>\n');
  return `<p style="border-left:4px solid ${COLOURS[level]};padding-left:12px">${body}</p>`;
}

/** `url` is that of the dashboard, from the configuration, with what is quoted by encodeURIComponent(). */
function link(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}

function page(blocks: readonly string[]): string {
  const body = `<body style="${escapeHtml(FONT)}">\n${blocks.join('\n')}\n</body>`;
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head>${body}</html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
