import { groupKeyOf, type Alert, type Delivery, type Notification } from '../../model/alert.ts';
import { printable } from '../../model/printable.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Receiver } from '../../model/units.ts';
import type { Clock } from '../clock.ts';
import { createPost, postOptionsOf } from './post.ts';
import { remember } from './remember.ts';
import { secretOf } from './secret.ts';
import { postedAlert } from './wire.ts';

/** Source: https://developer.pagerduty.com/docs/send-alert-event */
const MAX_SUMMARY_LENGTH = 1024;
const MAX_DEDUP_KEY_LENGTH = 255;
/** Groups whose sending broke off, of which it is remembered how far it came. */
const MAX_BROKEN_OFF = 1000;

interface Event {
  /** Differs for what is to be told once more: another alert of the same fingerprint, its end, another severity. */
  readonly id: string;
  readonly body: object;
}

/** What came of the events of a notification whose sending broke off. */
interface Progress {
  /** Ids of those that were taken or refused, and are not sent again. */
  readonly settled: Set<string>;
  taken: number;
  refusal: Delivery | null;
}

/**
 * Posts to PagerDuty's Events API v2, which takes one event a request: one for each alert, in turn. It breaks off where one is to
 * be tried again, and goes on there the next time; `dedup_key` makes one that came twice harmless. 202 is delivered; 429, 5xx and
 * network errors are tried again; all else is refused, and the others are sent all the same.
 * Source: https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json
 */
export function createPagerduty(name: string, config: ReceiverOf<'pagerduty'>, clock: Clock): Receiver {
  const routingKey = secretOf(config.routingKey, config.routingKeyFile);
  const target = createPost(config.url, postOptionsOf(config, clock));
  const brokenOff = new Map<string, Progress>();
  return {
    name,
    kind: 'pagerduty',
    sendResolved: config.sendResolved,
    async send(notification, signal) {
      let key: string;
      try {
        key = await routingKey();
      } catch (err) {
        return { outcome: 'retry', reason: (err as Error).message };
      }
      const group = groupKeyOf(notification.groupLabels);
      const known = notification.isTest ? undefined : brokenOff.get(group);
      const progress: Progress = known ?? { settled: new Set(), taken: 0, refusal: null };
      let last: Delivery = { outcome: 'delivered' };
      for (const { id, body } of eventsOf(notification)) {
        if (progress.settled.has(id)) continue;
        last = await target.post(JSON.stringify({ routing_key: key, ...body }), signal, [key]);
        if (last.outcome === 'retry') {
          if (!notification.isTest) remember(brokenOff, group, progress, MAX_BROKEN_OFF);
          // Whoever was told of a beginning has to be told of the end, also where not all was told.
          return { ...last, inDoubt: last.inDoubt === true || progress.taken > 0 };
        }
        progress.settled.add(id);
        if (last.outcome === 'refused') progress.refusal = last;
        else progress.taken++;
      }
      if (!notification.isTest) brokenOff.delete(group);
      return progress.refusal ?? last;
    },
    close: () => target.close(),
  };
}

/** A test opens an incident, to be seen, and closes it, so that nobody has to. */
function eventsOf(notification: Notification): Event[] {
  const { alerts, isTest } = notification;
  return alerts.flatMap((alert) => {
    const end = eventOf({ ...alert, state: 'resolved' }, notification);
    if (isTest) return [eventOf({ ...alert, state: 'firing' }, notification), end];
    return [alert.state === 'resolved' ? end : eventOf(alert, notification)];
  });
}

function eventOf(alert: Alert, notification: Notification): Event {
  const { externalUrl, isTest } = notification;
  const instance = alert.labels['instance'] ?? 'halfclose';
  const key = `${isTest ? 'test-' : ''}${alert.fingerprint}@${instance}`.slice(0, MAX_DEDUP_KEY_LENGTH);
  const id = JSON.stringify([alert.id, alert.fingerprint, alert.state, alert.severity]);
  if (alert.state === 'resolved') return { id, body: { event_action: 'resolve', dedup_key: key } };
  const { labels, annotations, generatorURL } = postedAlert(alert, notification);
  const { summary, ...details } = annotations;
  const process = alert.labels['process'];
  return {
    id,
    body: {
      event_action: 'trigger',
      dedup_key: key,
      client: 'Halfclose',
      client_url: externalUrl,
      links: [{ href: generatorURL, text: 'Halfclose' }],
      payload: {
        summary: printable(`[${instance}] ${summary}`, MAX_SUMMARY_LENGTH),
        source: instance,
        // Its words are ours, and `error`, which we do not have.
        severity: alert.severity,
        timestamp: alert.startsAt ?? alert.pendingSince,
        ...(process !== undefined && { component: process }),
        class: alert.alertname,
        custom_details: { ...details, labels },
      },
    },
  };
}
