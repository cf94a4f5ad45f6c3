import { Type, type Static, type TProperties } from 'typebox';
import { LANGUAGES } from './alert.ts';
import { Count, Duration, positive, strict, Text } from './fields.ts';

/** The configuration file's `receivers`: who is told of alerts, and how. */

const HttpUrl = (more: object = {}) =>
  Type.String({ format: 'http-url', pattern: '^https?://', description: 'http:// or https://', ...more });

/**
 * A secret stands in the file itself or in a file of its own (`urlFile`, `passwordFile`), which is read anew for every
 * notification, so that it can be renewed. That exactly one of the two is given is checked beside the schema.
 */
const SecretUrl = {
  url: Type.Optional(
    HttpUrl({ description: 'Where to; it holds a secret, so that a file for it is better' }),
  ),
  urlFile: Text('File that holds the URL'),
};

const TlsSchema = Type.Object(
  {
    caFile: Text('Certificates of the authorities to trust, PEM; by default those of Node.js'),
    certFile: Text('Certificate to show, PEM'),
    keyFile: Text('Its key, PEM'),
    serverName: Text('Name that the certificate must have; by default that of the URL'),
    insecureSkipVerify: Type.Boolean({
      default: false,
      description: 'true: any certificate will do, and whoever stands between reads along',
    }),
  },
  strict,
);

const sendResolved = Type.Boolean({ default: true, description: 'Also tell when an alert ends' });

/** What every receiver that speaks HTTP takes. */
const overHttp = {
  timeout: Duration('10s', 'For one attempt, connection and answer together', positive),
  proxyUrl: Type.Optional(HttpUrl({ description: 'HTTP proxy to go through' })),
  tls: Type.Optional(TlsSchema),
};

/** The text of messages to people. */
const message = Text('Template of the text, in Liquid; by default title, what was found, and what to do');

const of = <P extends TProperties>(description: string, properties: P) =>
  Type.Optional(Type.Object(properties, { ...strict, description }));

/** The kinds. An entry of `receivers` has exactly one of them, and what stands beside it. */
const KINDS = {
  webhook: of("Alertmanager's version 4 body, by POST", {
    ...SecretUrl,
    headers: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Sent along' })),
    body: Text("Template of the body, in Liquid, instead of Alertmanager's"),
    ...overHttp,
    sendResolved,
  }),
  alertmanager: of('POST /api/v2/alerts of every URL listed', {
    urls: Type.Array(HttpUrl(), { minItems: 1, description: 'Each of them is told' }),
    headers: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Sent along' })),
    resend: Duration(
      '1m',
      'Firing alerts are sent again this often; Alertmanager forgets them otherwise',
      positive,
    ),
    ...overHttp,
  }),
  slack: of('Incoming webhook of Slack, and of what takes the same: Mattermost, Rocket.Chat', {
    ...SecretUrl,
    channel: Text('Instead of that of the webhook, where it allows that'),
    message,
    ...overHttp,
    sendResolved,
  }),
  discord: of('Webhook of Discord', { ...SecretUrl, message, ...overHttp, sendResolved }),
  telegram: of('Bot of Telegram', {
    botToken: Text("The bot's token"),
    botTokenFile: Text('File that holds it'),
    chatId: Type.Union([Type.Integer(), Type.String({ minLength: 1 })], {
      description: 'Number of the chat, or @name of a channel',
    }),
    messageThreadId: Type.Optional(Type.Integer({ description: 'Topic of a group that has topics' })),
    apiUrl: HttpUrl({ default: 'https://api.telegram.org', description: "Telegram's API, or one's own" }),
    message,
    ...overHttp,
    sendResolved,
  }),
  ntfy: of('Topic of ntfy', {
    url: HttpUrl({ default: 'https://ntfy.sh', description: "ntfy's server, or one's own" }),
    topic: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Letters, digits, _ -' }),
    token: Text('Access token'),
    tokenFile: Text('File that holds it'),
    message,
    ...overHttp,
    sendResolved,
  }),
  dingtalk: of('Robot of a DingTalk group', {
    ...SecretUrl,
    secret: Text('Of a robot that asks for signatures'),
    secretFile: Text('File that holds it'),
    message,
    ...overHttp,
    sendResolved,
  }),
  feishu: of('Robot of a Feishu or Lark group', {
    ...SecretUrl,
    secret: Text('Of a robot that asks for signatures'),
    secretFile: Text('File that holds it'),
    message,
    ...overHttp,
    sendResolved,
  }),
  wecom: of('Robot of a WeCom group', { ...SecretUrl, message, ...overHttp, sendResolved }),
  pagerduty: of('Events API v2 of PagerDuty', {
    routingKey: Text('Integration key'),
    routingKeyFile: Text('File that holds it'),
    url: HttpUrl({
      default: 'https://events.pagerduty.com/v2/enqueue',
      description: 'Where events go; another one in the EU',
    }),
    ...overHttp,
    sendResolved,
  }),
  email: of('E-mail by SMTP', {
    smarthost: Type.String({ pattern: '^[^\\s/]+:\\d{1,5}$', description: 'host:port' }),
    from: Type.String({ minLength: 3, description: 'Address of the sender' }),
    to: Type.Array(Type.String({ minLength: 3, description: 'Address' }), { minItems: 1 }),
    security: Type.Enum(['starttls', 'tls', 'none'], {
      default: 'starttls',
      description: 'starttls: no mail without it. tls: from the first byte, mostly on port 465',
    }),
    username: Text('Where the server asks for one'),
    password: Text('Its password'),
    passwordFile: Text('File that holds it'),
    subject: Text('Template of the subject, in Liquid; by default the title'),
    message,
    timeout: Duration('30s', 'For one attempt, from connection to acceptance', positive),
    tls: Type.Optional(TlsSchema),
    sendResolved,
  }),
  command: of("A program, with Alertmanager's version 4 body on its standard input", {
    argv: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The program and its arguments; no shell reads them',
    }),
    timeout: Duration('30s', 'It is killed when it runs longer', positive),
    sendResolved,
  }),
};

export const RECEIVER_KINDS = Object.keys(KINDS) as (keyof typeof KINDS)[];
export type ReceiverKind = keyof typeof KINDS;

/** Keys of which an entry must have exactly one of the key itself and the same with `File` behind it. */
export const REQUIRED_SECRETS: { readonly [K in ReceiverKind]?: string } = {
  webhook: 'url',
  slack: 'url',
  discord: 'url',
  telegram: 'botToken',
  dingtalk: 'url',
  feishu: 'url',
  wecom: 'url',
  pagerduty: 'routingKey',
};

export const ReceiverSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
      description: 'Letters, digits, _ . -',
    }),
    matchers: Type.Array(Type.String({ description: 'severity="critical", process=~"api|web"' }), {
      default: [],
      description: 'Labels that an alert must have to be told here, as in Alertmanager; none: all alerts',
    }),
    language: Type.Optional(Type.Enum(LANGUAGES, { description: 'Instead of alerts.language' })),
    maxPerMinute: Count(20, 'Messages a minute; what comes beyond it waits, and is told in one'),
    ...KINDS,
  },
  strict,
);

export type ReceiverConfig = Static<typeof ReceiverSchema>;
/** The settings of one kind. */
export type ReceiverOf<K extends ReceiverKind> = NonNullable<ReceiverConfig[K]>;
export type HttpOptions = Pick<ReceiverOf<'slack'>, 'timeout' | 'proxyUrl' | 'tls'>;
export type TlsOptions = Static<typeof TlsSchema>;
