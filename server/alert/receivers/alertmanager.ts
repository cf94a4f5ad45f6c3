import type { Alert, Notification } from '../../model/alert.ts';
import type { Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createPost } from './post.ts';
import { annotationsOf, generatorUrl } from './wire.ts';

/** A firing alert ends by itself after so many sendings failed to come, as Prometheus has it. */
const RESENDS_UNTIL_END = 4;

/** One URL of a receiver's list: each Alertmanager is a receiver of its own, so that a dead one is seen and delays none. */
interface AlertmanagerTarget {
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly resendSeconds: number;
}

/**
 * Posts alerts to an Alertmanager. To it, other labels are another alert: where the severity changed, the alert with
 * the old labels is ended in the same request. The labels it has been sent are remembered for this process only; after a
 * restart the old alert ends by its `endsAt`.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function createAlertmanager(name: string, config: AlertmanagerTarget, clock: Clock): Receiver {
  const target = createPost(`${config.url.replace(/\/+$/, '')}/api/v2/alerts`, {
    timeoutSeconds: config.timeoutSeconds,
    wallMs: () => clock.wallMs(),
  });
  /** By alert name and fingerprint: what it was sent as firing. */
  const known = new Map<string, ReadonlyMap<string, Alert>>();
  return {
    name,
    kind: 'alertmanager',
    resendSeconds: config.resendSeconds,
    async send(notification, signal) {
      const nowMs = clock.wallMs();
      const sent = known.get(notification.alertname);
      const alerts = notification.alerts.flatMap((alert) => {
        const before = sent?.get(alert.fingerprint);
        const relabelled = before && before.severity !== alert.severity;
        return relabelled ? [{ ...before, endsAt: new Date(nowMs).toISOString() }, alert] : [alert];
      });
      const keepSeconds = RESENDS_UNTIL_END * config.resendSeconds;
      const body = alerts.map((alert) => postableAlert(alert, nowMs + keepSeconds * 1000, notification));
      const delivery = await target.post(JSON.stringify(body), signal);
      if (delivery.outcome === 'delivered') {
        const firing = notification.alerts.filter((alert) => alert.state === 'firing');
        known.set(notification.alertname, new Map(firing.map((alert) => [alert.fingerprint, alert])));
      }
      return delivery;
    },
  };
}

function postableAlert(alert: Alert, keepUntilMs: number, { language, externalUrl }: Notification): object {
  const startsAtMs = Date.parse(alert.startsAt ?? alert.pendingSince);
  const endsAtMs = alert.endsAt === null ? keepUntilMs : Date.parse(alert.endsAt);
  return {
    labels: alert.labels,
    annotations: annotationsOf(alert, language),
    startsAt: new Date(startsAtMs).toISOString(),
    // The wall clock may have been set back; an end before its start is refused.
    endsAt: new Date(Math.max(startsAtMs, endsAtMs)).toISOString(),
    generatorURL: generatorUrl(alert, externalUrl),
  };
}
