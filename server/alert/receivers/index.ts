import type { ReceiverConfig } from '../../model/options.ts';
import type { Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createAlertmanager } from './alertmanager.ts';
import { createWebhook } from './webhook.ts';

/** What builds each kind of receiver; the kinds are the keys of an entry of `receivers` in the configuration. */
const KINDS: Kinds = {
  webhook: (name, config, clock) => [createWebhook(name, config, clock)],
  alertmanager: (name, config, clock) => {
    const names = alertmanagerNames(name, config.urls);
    return config.urls.map((url, i) =>
      createAlertmanager(
        names[i]!,
        { url, timeoutSeconds: config.timeout, resendSeconds: config.resend },
        clock,
      ),
    );
  },
};

type Kind = Exclude<keyof ReceiverConfig, 'name'>;
type Kinds = {
  readonly [K in Kind]: (name: string, config: NonNullable<ReceiverConfig[K]>, clock: Clock) => Receiver[];
};

/** The receivers of one entry: one, or one for each Alertmanager listed. That an entry has one kind is checked before. */
export function createReceivers(config: ReceiverConfig, clock: Clock): Receiver[] {
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) => build(kind, config, clock));
}

function build<K extends Kind>(kind: K, config: ReceiverConfig, clock: Clock): Receiver[] {
  const own = config[kind];
  return own === undefined ? [] : KINDS[kind](config.name, own, clock);
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
