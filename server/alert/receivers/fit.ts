import type { AlertText, Message } from './message.ts';

const SHORT_TITLE_LENGTH = 80;

/** What is left out when a message is too long, in this order; then alerts are, from the last. */
const SHORTER: readonly ((alert: AlertText) => AlertText)[] = [
  (alert) => alert,
  (alert) => ({ ...alert, explanation: '' }),
  (alert) => ({ ...alert, explanation: '', advice: '' }),
];

/** The most of a message that a service takes: `render` gives what is sent, `fits` says whether it is short enough. */
export function fit<T>(message: Message, render: (message: Message) => T, fits: (rendered: T) => boolean): T {
  for (const shorter of SHORTER) {
    const rendered = render({ ...message, alerts: message.alerts.map(shorter) });
    if (fits(rendered)) return rendered;
  }
  const plain = message.alerts.map((alert) => ({ ...alert, explanation: '', advice: '' }));
  for (let count = plain.length - 1; count > 0; count--) {
    const rendered = render({ ...message, alerts: plain.slice(0, count) });
    if (fits(rendered)) return rendered;
  }
  return render({ ...message, title: cutChars(message.title, SHORT_TITLE_LENGTH), alerts: [] });
}

/** At most so many UTF-16 units, the last of them `…` where something is missing; no character is cut in two. */
export function cutChars(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, Math.max(0, max - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The same in bytes of UTF-8. */
export function cutBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  let left = max - Buffer.byteLength('…');
  let end = 0;
  for (const char of text) {
    left -= Buffer.byteLength(char);
    if (left < 0) break;
    end += char.length;
  }
  return `${text.slice(0, end)}…`;
}
