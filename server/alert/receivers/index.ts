import {
  RECEIVER_KINDS,
  type ReceiverConfig,
  type ReceiverKind,
  type ReceiverOf,
} from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createAlertmanager } from './alertmanager.ts';
import { createCommand } from './command.ts';
import { createDingtalk } from './dingtalk.ts';
import { createDiscord } from './discord.ts';
import { createEmail } from './email.ts';
import { createFeishu } from './feishu.ts';
import { createNtfy } from './ntfy.ts';
import { createPagerduty } from './pagerduty.ts';
import { createSlack } from './slack.ts';
import { createTelegram } from './telegram.ts';
import { createWebhook } from './webhook.ts';
import { createWecom } from './wecom.ts';

type Create<K extends ReceiverKind> = (
  name: string,
  config: ReceiverOf<K>,
  clock: Clock,
  log: Log,
) => Receiver | Receiver[];

/** What builds each kind of receiver; the kinds are keys of an entry of `receivers` in the configuration. */
const KINDS: { readonly [K in ReceiverKind]: Create<K> } = {
  webhook: createWebhook,
  alertmanager: (name, config, clock) => {
    const names = alertmanagerNames(name, config.urls);
    return config.urls.map((url, i) => createAlertmanager(names[i]!, url, config, clock));
  },
  slack: createSlack,
  discord: createDiscord,
  telegram: createTelegram,
  ntfy: createNtfy,
  dingtalk: createDingtalk,
  feishu: createFeishu,
  wecom: createWecom,
  pagerduty: createPagerduty,
  email: createEmail,
  command: createCommand,
};

/**
 * The receivers of one entry: one, or one for each Alertmanager listed. That an entry has one kind is checked before. Throws
 * where a template or a header is wrong.
 */
export function createReceivers(config: ReceiverConfig, clock: Clock, log: Log): Receiver[] {
  return RECEIVER_KINDS.flatMap((kind) => build(kind, config, clock, log));
}

function build<K extends ReceiverKind>(
  kind: K,
  config: ReceiverConfig,
  clock: Clock,
  log: Log,
): Receiver | Receiver[] {
  const own = config[kind];
  return own === undefined ? [] : KINDS[kind](config.name, own, clock, log);
}

/** The entry's name where it lists one URL, else `name/host:port`, and `#2` where that occurs again. */
function alertmanagerNames(name: string, urls: readonly string[]): string[] {
  if (urls.length === 1) return [name];
  const hosts = urls.map((url) => new URL(url).host);
  return hosts.map((host, i) => {
    const nth = hosts.slice(0, i + 1).filter((other) => other === host).length;
    return nth === 1 ? `${name}/${host}` : `${name}/${host}#${nth}`;
  });
}
