import { groupKeyOf, type Alert, type Notification } from '../../model/alert.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createPost, postOptionsOf } from './post.ts';
import { remember } from './remember.ts';
import { postedAlert } from './wire.ts';

/** A firing alert ends by itself after so many sendings failed to come, as Prometheus has it. */
const RESENDS_UNTIL_END = 4;
/** Groups of which it is remembered what was sent: as many as there can be alerts. */
const MAX_GROUPS = 1000;

/**
 * Posts alerts to one Alertmanager of a receiver's list: each is a receiver of its own, so that a dead one is seen and delays
 * none. To it, other labels are another alert: where the severity changed, the alert with the old labels is ended in the same
 * request. The labels it has been sent are remembered for this process only; after a restart the old alert ends by its
 * `endsAt`.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function createAlertmanager(
  name: string,
  url: string,
  config: Omit<ReceiverOf<'alertmanager'>, 'urls'>,
  clock: Clock,
): Receiver {
  const target = createPost(`${url.replace(/\/+$/, '')}/api/v2/alerts`, {
    ...postOptionsOf(config, clock),
    ...(config.headers && { headers: config.headers }),
  });
  /** By group and fingerprint: what it was sent as firing. */
  const known = new Map<string, ReadonlyMap<string, Alert>>();
  return {
    name,
    kind: 'alertmanager',
    resendSeconds: config.resend,
    async send(notification, signal) {
      const nowMs = clock.wallMs();
      const group = groupKeyOf(notification.groupLabels);
      const sent = notification.isTest ? undefined : known.get(group);
      const alerts = notification.alerts.flatMap((alert) => {
        const before = sent?.get(alert.fingerprint);
        const relabelled = before && before.severity !== alert.severity;
        return relabelled ? [{ ...before, endsAt: new Date(nowMs).toISOString() }, alert] : [alert];
      });
      const keepSeconds = RESENDS_UNTIL_END * config.resend;
      const body = alerts.map((alert) => postableAlert(alert, nowMs + keepSeconds * 1000, notification));
      const delivery = await target.post(JSON.stringify(body), signal);
      if (delivery.outcome === 'delivered' && !notification.isTest) {
        const firing = notification.alerts.filter((alert) => alert.state === 'firing');
        const byFingerprint = new Map(firing.map((alert) => [alert.fingerprint, alert]));
        if (firing.length === 0) known.delete(group);
        else remember(known, group, byFingerprint, MAX_GROUPS);
      }
      return delivery;
    },
    close: () => target.close(),
  };
}

function postableAlert(alert: Alert, keepUntilMs: number, notification: Notification): object {
  const startsAtMs = Date.parse(alert.startsAt ?? alert.pendingSince);
  const endsAtMs = alert.endsAt === null ? keepUntilMs : Date.parse(alert.endsAt);
  return {
    ...postedAlert(alert, notification),
    startsAt: new Date(startsAtMs).toISOString(),
    // The wall clock may have been set back; an end before its start is refused.
    endsAt: new Date(Math.max(startsAtMs, endsAtMs)).toISOString(),
  };
}
