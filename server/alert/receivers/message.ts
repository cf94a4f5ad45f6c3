import type { Alert, Notification } from '../../model/alert.ts';
import { severityRank, type Severity } from '../../model/finding.ts';
import { printable } from '../../model/printable.ts';
import { describeFinding, FINDING_TEXTS } from '../../model/texts/describe.ts';
import { NOTIFICATION_TEXTS } from '../../model/texts/notification-texts.ts';
import { generatorUrl } from './wire.ts';

/** What people are told in a chat: the same words for all of them, without markup, and not yet cut to what fits. */
export interface Message {
  readonly title: string;
  /** Of the alerts that fire the worst, or `resolved`. */
  readonly level: Level;
  /** Stands below the title, where it is a test. */
  readonly note: string | null;
  readonly alerts: readonly AlertText[];
  /** How many there are besides so many that are shown, in words; null: none. */
  readonly more: (shown: number) => string | null;
  /** Where the dashboard is, and the words of the link. */
  readonly url: string;
  readonly open: string;
  readonly isTest: boolean;
}

export type Level = Severity | 'resolved';

/** The same as on the page, or near it. */
export const COLORS: Readonly<Record<Level, string>> = {
  critical: '#d32f2f',
  warning: '#f57c00',
  info: '#1976d2',
  resolved: '#2e7d32',
};

export interface AlertText {
  readonly level: Level;
  /** How bad it is, or that it is over, and what; empty where the message's title says so. */
  readonly heading: string;
  readonly explanation: string;
  readonly since: string;
  readonly advice: string;
  /** The dashboard, showing the sockets concerned. */
  readonly url: string;
}

/** Discord takes no more embeds, and nobody reads more. */
const MAX_ALERTS = 10;
const MAX_TITLE_LENGTH = 250;
const MAX_SENTENCES_LENGTH = 2000;

export function messageOf(notification: Notification): Message {
  const { alerts, isTest, externalUrl, language } = notification;
  const texts = NOTIFICATION_TEXTS[language];
  const shown = alerts
    .slice(0, MAX_ALERTS)
    .map((alert) => textOf(alert, notification))
    // The same advice need not be read twice.
    .map((text, i, all) =>
      all.findIndex(({ advice }) => advice === text.advice) < i ? { ...text, advice: '' } : text,
    );
  const title = titleOf(notification);
  const levels = shown.map(({ level }) => level);
  return {
    title: isTest ? texts.test(title) : title,
    level: levels.reduce((worst, level) => (rank(level) > rank(worst) ? level : worst), 'resolved'),
    note: isTest ? texts.testExplained : null,
    alerts: shown,
    more: (count) => (alerts.length > count ? texts.more(alerts.length - count) : null),
    url: shown.length === 1 ? shown[0]!.url : `${externalUrl}/`,
    open: texts.open,
    isTest,
  };
}

function rank(level: Level): number {
  return level === 'resolved' ? -1 : severityRank(level);
}

function titleOf(notification: Notification): string {
  const { alerts, groupLabels, language } = notification;
  const texts = NOTIFICATION_TEXTS[language];
  const [first] = alerts;
  const instance = first?.labels['instance'] ?? '';
  if (first && alerts.length === 1) {
    const { title } = describeFinding(first.finding, language);
    return printable(texts.single(labelOf(first, language), instance, title), MAX_TITLE_LENGTH);
  }
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const group = Object.entries(groupLabels)
    .filter(([name, value]) => name !== 'instance' && value !== '')
    .map(([name, value]) => (name === 'alertname' ? value : `${name}=${value}`));
  const words = [...group, instance].filter((word) => word !== '').join(texts.between);
  return printable(texts.summary(firing, alerts.length - firing, words), MAX_TITLE_LENGTH);
}

function labelOf({ state, severity }: Alert, language: Notification['language']): string {
  return state === 'resolved'
    ? NOTIFICATION_TEXTS[language].resolved
    : FINDING_TEXTS[language].severities[severity];
}

function textOf(alert: Alert, { alerts, language, externalUrl }: Notification): AlertText {
  const texts = NOTIFICATION_TEXTS[language];
  const { title, explanation, advice } = describeFinding(alert.finding, language);
  const isOver = alert.state === 'resolved';
  return {
    level: isOver ? 'resolved' : alert.severity,
    heading:
      alerts.length === 1 ? '' : printable(texts.heading(labelOf(alert, language), title), MAX_TITLE_LENGTH),
    // What was so, and what to do about it, is of no use when it is over.
    explanation: isOver ? '' : printable(explanation, MAX_SENTENCES_LENGTH),
    since: sinceOf(alert, language),
    advice: isOver || advice === '' ? '' : texts.advice(printable(advice, MAX_SENTENCES_LENGTH)),
    url: generatorUrl(alert, externalUrl),
  };
}

function sinceOf(alert: Alert, language: Notification['language']): string {
  const texts = NOTIFICATION_TEXTS[language];
  const from = alert.startsAt ?? alert.pendingSince;
  if (alert.endsAt === null) return texts.since(readable(from));
  const seconds = Math.max(0, (Date.parse(alert.endsAt) - Date.parse(from)) / 1000);
  return texts.lasted(
    readable(from),
    readable(alert.endsAt),
    FINDING_TEXTS[language].format.duration(seconds),
  );
}

/** `2026-01-02 03:04:05 UTC` */
function readable(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
