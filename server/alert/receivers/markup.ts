import type { Level, Message } from './message.ts';

/** How a service writes what stands out. */
export interface Markup {
  /** Text of unknown origin, so that it is shown as it is and calls nobody. */
  escape(text: string): string;
  /** Of what has been escaped. */
  title(escaped: string, level: Level): string;
  heading(escaped: string, level: Level): string;
  link(words: string, url: string): string;
  /** Between two lines. */
  readonly newLine: string;
}

/** The message as one text. */
export function renderText(message: Message, markup: Markup): string {
  const { escape } = markup;
  const alerts = message.alerts.map((alert) => [
    alert.heading === '' ? '' : markup.heading(escape(alert.heading), alert.level),
    ...[alert.explanation, alert.since, alert.advice].map(escape),
    markup.link(message.open, alert.url),
  ]);
  const title = markup.title(escape(message.title), message.level);
  return [[title, message.note ?? ''], ...alerts, [message.more(message.alerts.length) ?? '']]
    .map((lines) => lines.filter((line) => line !== '').join(markup.newLine))
    .filter((part) => part !== '')
    .join('\n\n');
}

/** `@everyone` and `@name` call nobody when something invisible stands in between. */
export function withoutMentions(text: string): string {
  return text.replaceAll('@', '@\u200b');
}

/**
 * For the Markdown of DingTalk and WeCom, which knows no escapes: what begins markup is replaced by its full-width form,
 * and a bracket is no link where something invisible stands behind it.
 */
export function withoutMarkdown(text: string): string {
  const plain = text
    .replaceAll('<', '＜')
    .replaceAll('>', '＞')
    .replaceAll('*', '＊')
    .replaceAll('`', '＇')
    .replaceAll('](', ']\u200b(')
    .replace(/^(\s*)([#-])/gm, '$1\u200b$2');
  return withoutMentions(plain);
}

/** A URL for `[words](url)`. */
export function markdownUrl(url: string): string {
  return url.replace(/[()<>'*_~\s]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
