import { createHash, randomUUID } from 'node:crypto';
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { groupKeyOf, type Delivery, type Exchange, type Notification } from '../../model/alert.ts';
import { printable } from '../../model/printable.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { tlsOf } from './connection.ts';
import { mailTexts } from './mail-text.ts';
import { redactor } from './redact.ts';
import { remember } from './remember.ts';
import { optionalSecretOf } from './secret.ts';
import { sendMail, type SmtpResult } from './smtp.ts';

const MAX_REASON_LENGTH = 300;
/** Enough to keep a thread together. */
const MAX_REFERENCES = 20;
/** Groups of which a mail was not taken by everybody. */
const MAX_UNFINISHED = 1000;

/** A mail that some have to get yet. */
interface Unfinished {
  /** What it tells; another content is another mail. */
  readonly content: string;
  readonly messageId: string;
  readonly to: readonly string[];
}

/**
 * Mail by way of a smarthost. 4xx and what is wrong with the network is tried again, 5xx is refused; where only some recipients
 * were put off, only they get it again. A mail that may have been taken keeps its Message-ID, by which many mailboxes
 * know that they have it.
 *
 * Mails on the same alert refer to the same identifier, which is no mail's: that puts firing and resolved into one thread, after
 * a restart too.
 *
 * Throws where an address or a template is none, and where a password would go through a network in the clear.
 * Source: RFC 5321, section 4.2; RFC 5322, section 3.6.4; RFC 3834 for Auto-Submitted
 */
export function createEmail(name: string, config: ReceiverOf<'email'>, clock: Clock, log: Log): Receiver {
  const { host, port } = hostAndPort(config.smarthost);
  const envelope = envelopeOf(config.from, config.to);
  const domain = envelope.from.slice(envelope.from.lastIndexOf('@') + 1);
  const password = optionalSecretOf(config.password, config.passwordFile);
  if (config.username !== undefined && config.security === 'none' && !isLoopback(host)) {
    throw new Error(
      `${config.smarthost}: a password is not sent without TLS; expected security starttls or tls`,
    );
  }
  const textsOf = mailTexts(name, config, log);
  const unfinished = new Map<string, Unfinished>();
  return {
    name,
    kind: 'email',
    sendResolved: config.sendResolved,
    async send(notification, signal) {
      const user = config.username;
      let pass: string | null;
      let tls: object;
      try {
        [pass, tls] = await Promise.all([password(), tlsOf(config.tls)]);
      } catch (err) {
        return { outcome: 'retry', reason: (err as Error).message };
      }
      const credentials = user === undefined ? null : { user, pass: pass ?? '' };
      const group = `${notification.isTest ? 'test ' : ''}${groupKeyOf(notification.groupLabels)}`;
      const content = contentOf(notification);
      const begun = unfinished.get(group);
      const mail: Unfinished =
        begun?.content === content
          ? begun
          : { content, messageId: `<${randomUUID()}@${domain}>`, to: envelope.to };
      const { subject, text, html } = textsOf(notification);
      const source = await new MailComposer({
        from: config.from,
        to: [...config.to],
        subject,
        text,
        html,
        messageId: mail.messageId,
        ...threadOf(notification, domain),
        date: new Date(clock.wallMs()),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Mailer': 'Halfclose' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
        .compile()
        .build();
      const { security, timeout: timeoutSeconds } = config;
      const server = { host, port, security, tls, credentials, timeoutSeconds };
      const result = await sendMail(server, { from: envelope.from, to: mail.to, source }, signal);
      const shown = `To: ${config.to.join(', ')}\nSubject: ${subject}\n\n${text}`;
      const secrets = pass === null ? [] : [pass, ...encoded(user ?? '', pass)];
      const { delivery, again } = judge(result, config.smarthost, shown, secrets);
      unfinished.delete(group);
      if (delivery.outcome === 'retry') {
        remember(unfinished, group, { ...mail, to: again ?? mail.to }, MAX_UNFINISHED);
      }
      return delivery;
    },
  };
}

/** `again`: who has to get it yet, where not everybody. */
function judge(result: SmtpResult, smarthost: string, sent: string, secrets: readonly string[]) {
  const redact = redactor(secrets);
  const reasonOf = (text: string) =>
    printable(redact(`${smarthost}: ${text.replace(/\s*[\r\n]+\s*/g, ' ')}`), MAX_REASON_LENGTH);
  const exchangeOf = (code: number | null, lines: readonly string[]): Exchange => ({
    body: redact(sent),
    status: code,
    answer: redact(lines.join('\n')),
  });
  const { reply } = result;
  if (result.result === 'failed') {
    const exchange = exchangeOf(reply.code, reply.code === null ? [] : [reply.text]);
    const reason = reasonOf(reply.text);
    const delivery: Delivery = reply.isPermanent
      ? { outcome: 'refused', reason, exchange }
      : { outcome: 'retry', reason, inDoubt: result.mayBeTaken, exchange };
    return { delivery, again: null };
  }
  const refusals = [...result.refused].map(([recipient, { text }]) => `${recipient}: ${text}`);
  const exchange = exchangeOf(reply.code, [reply.text, ...refusals]);
  const putOff = [...result.refused].filter(([, { isPermanent }]) => !isPermanent);
  if (putOff.length === 0)
    return { delivery: { outcome: 'delivered', exchange } satisfies Delivery, again: null };
  const reason = reasonOf(putOff.map(([recipient, { text }]) => `${recipient}: ${text}`).join('; '));
  const delivery: Delivery = { outcome: 'retry', reason, inDoubt: true, exchange };
  return { delivery, again: putOff.map(([recipient]) => recipient) };
}

/** What the mail tells: the same again is a repetition of it. */
function contentOf({ alerts, language }: Notification): string {
  return JSON.stringify([language, alerts.map(({ id, state, severity }) => [id, state, severity])]);
}

/** One identifier for each alert, the oldest first: a mail with any of them belongs to the thread. */
function threadOf({ alerts }: Notification, domain: string): { inReplyTo?: string; references?: string[] } {
  const oldestFirst = [...alerts].sort(
    (a, b) => compare(a.startsAt ?? '', b.startsAt ?? '') || compare(a.id, b.id),
  );
  const references = oldestFirst.slice(0, MAX_REFERENCES).map(({ id }) => {
    const hash = createHash('sha256').update(id).digest('hex').slice(0, 32);
    return `<alert.${hash}@${domain}>`;
  });
  const inReplyTo = references.at(-1);
  return inReplyTo === undefined ? {} : { inReplyTo, references };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function envelopeOf(from: string, to: readonly string[]): { from: string; to: string[] } {
  return { from: addressOf(from), to: [...new Set(to.map(addressOf))] };
}

function addressOf(text: string): string {
  const [only, more] = /[\r\n]/.test(text) ? [] : addressparser(text, { flatten: true });
  if (!only || more || !/^[^\s@<>]+@[^\s@<>]+$/.test(only.address)) {
    throw new Error(
      `${JSON.stringify(text)}: expected one address, as in name@example.org or Name <name@example.org>`,
    );
  }
  return only.address;
}

/** The form is checked when the configuration is read; an IPv6 address stands in brackets. */
function hostAndPort(smarthost: string): { host: string; port: number } {
  const colon = smarthost.lastIndexOf(':');
  return {
    host: smarthost.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(smarthost.slice(colon + 1)),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** As AUTH PLAIN and AUTH LOGIN send it, should a server quote it. */
function encoded(user: string, pass: string): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return [base64(`\0${user}\0${pass}`), base64(pass)];
}
