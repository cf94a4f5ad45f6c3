import { groupKeyOf, type Alert, type Delivery, type Notification } from '../../model/alert.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Log, Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createSender, postOptionsOf } from './post.ts';
import { secretUrlOf } from './secret.ts';
import { createTemplate } from './template.ts';
import { postedAlert } from './wire.ts';

/** How Go writes a time that is not set: the end of an alert that still fires. */
const NO_TIME = '0001-01-01T00:00:00Z';

/**
 * Posts Alertmanager's webhook body, version "4", or what the receiver's own template gives. Where that fails, Alertmanager's
 * body is sent, and the log says why. Throws where the template is none, or a
 * header cannot be sent.
 */
export function createWebhook(name: string, config: ReceiverOf<'webhook'>, clock: Clock, log: Log): Receiver {
  const url = secretUrlOf(config.url, config.urlFile);
  const { headers = {} } = config;
  const hasType = Object.keys(headers).some((header) => header.toLowerCase() === 'content-type');
  const sender = createSender({ ...postOptionsOf(config, clock), headers });
  const template = config.body === undefined ? null : createTemplate(config.body);

  function bodyOf(notification: Notification): string {
    if (template) {
      try {
        return template.render(notification);
      } catch (err) {
        const reason = (err as Error).message;
        log.warn(
          { receiver: name, kind: 'webhook', reason },
          "the receiver's template failed, the default body is sent",
        );
      }
    }
    return JSON.stringify(webhookBody(notification));
  }

  return {
    name,
    kind: 'webhook',
    sendResolved: config.sendResolved,
    async send(notification, signal): Promise<Delivery> {
      const body = bodyOf(notification);
      const type = hasType || isJson(body) ? {} : { 'content-type': 'text/plain; charset=utf-8' };
      try {
        return await sender.send({ url: await url(), headers: type, body }, signal);
      } catch (err) {
        return { outcome: 'retry', reason: (err as Error).message };
      }
    },
    close: () => sender.close(),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export function webhookBody(notification: Notification): object {
  const { groupLabels } = notification;
  const alerts = notification.alerts.map((alert) => webhookAlert(alert, notification));
  return {
    version: '4',
    groupKey: groupKeyOf(groupLabels),
    // All are in it, however many.
    truncatedAlerts: 0,
    status: notification.status,
    receiver: notification.receiver,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: notification.externalUrl,
    alerts,
  };
}

function webhookAlert(alert: Alert, notification: Notification) {
  const { labels, annotations, generatorURL } = postedAlert(alert, notification);
  return {
    status: alert.state,
    labels,
    annotations,
    startsAt: alert.startsAt,
    endsAt: alert.endsAt ?? NO_TIME,
    generatorURL,
    fingerprint: alert.fingerprint,
  };
}

/** The pairs that all of them have. */
function common(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = records;
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => rest.every((record) => record[key] === value)),
  );
}
