import type { Alert, Notification } from '../../model/alert.ts';
import type { WebhookConfig } from '../../model/options.ts';
import type { Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createPost } from './post.ts';
import { annotationsOf, generatorUrl } from './wire.ts';

/** How Go writes a time that is not set: the end of an alert that still fires. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** Posts Alertmanager's webhook body, version "4". */
export function createWebhook(name: string, config: WebhookConfig, clock: Clock): Receiver {
  const target = createPost(config.url, {
    ...(config.headers && { headers: config.headers }),
    timeoutSeconds: config.timeout,
    wallMs: () => clock.wallMs(),
  });
  return {
    name,
    kind: 'webhook',
    sendResolved: config.sendResolved,
    send: (notification, signal) => target.post(JSON.stringify(webhookBody(notification)), signal),
  };
}

/** Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
function webhookBody(notification: Notification): object {
  const { alertname } = notification;
  const alerts = notification.alerts.map((alert) => webhookAlert(alert, notification));
  return {
    version: '4',
    groupKey: `{}:{alertname="${alertname}"}`,
    truncatedAlerts: 0,
    status: notification.status,
    receiver: notification.receiver,
    groupLabels: { alertname },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: notification.externalUrl,
    alerts,
  };
}

function webhookAlert(alert: Alert, { language, externalUrl }: Notification) {
  return {
    status: alert.state,
    labels: alert.labels,
    annotations: annotationsOf(alert, language),
    startsAt: alert.startsAt,
    endsAt: alert.endsAt ?? NO_TIME,
    generatorURL: generatorUrl(alert, externalUrl),
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
