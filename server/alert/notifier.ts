import type { Alert, Delivery, Outcome } from '../model/alert.ts';
import type { AlertsConfig } from '../model/options.ts';
import type { Log, Receiver } from '../model/units.ts';
import type { Clock } from './clock.ts';

/**
 * Brings one receiver to the state of the alerts. It keeps no list of messages: for each alert name it knows what the
 * receiver was told and, when a notification is due, sends what is firing then and the ends that were not told yet.
 * So whatever could not be delivered is replaced by what is newer, and memory is bounded by the number of alerts.
 *
 * An end is told only to those who were told of the beginning, as in Alertmanager: an alert that fires and resolves while
 * the receiver is down is not reported to it at all. An attempt that may have arrived counts as told.
 */
export interface Notifier {
  /**
   * Takes what is firing now, for this and every later notification, and sends one for each name in `changed`: alerts
   * that began to fire, resolved, or changed severity. Returns at once.
   */
  update(firing: readonly Alert[], changed: readonly Alert[]): void;
  status(): ReceiverStatus;
  /** Gives up the attempt under way and stops. */
  close(): Promise<void>;
}

export interface ReceiverStatus {
  readonly receiver: string;
  readonly kind: string;
  /** Of the newest attempt; null before the first. */
  readonly last: { readonly outcome: Outcome; readonly at: string; readonly reason: string | null } | null;
  readonly lastDeliveredAt: string | null;
  /** Notifications that failed and wait for another attempt. */
  readonly waiting: number;
}

export interface NotifierOptions {
  readonly alerts: Pick<AlertsConfig, 'repeat' | 'giveUpAfter' | 'language'>;
  readonly externalUrl: string;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onOutcome: (receiver: string, outcome: Outcome) => void;
}

const FIRST_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 300;
/** However short `repeat` is. */
const MIN_REPEAT_SECONDS = 1;

/** The alerts of one name, as one receiver knows them. */
interface Group {
  readonly alertname: string;
  firing: readonly Alert[];
  /** Fingerprints of the alerts that the receiver takes to be firing; left empty where it is not told of ends. */
  readonly told: Set<string>;
  /** Ends still to be told, by fingerprint. */
  readonly ended: Map<string, Alert>;
  /** On the monotonic clock; null: nothing to send. */
  dueAt: number | null;
  /** Since when the newest notification has been due: `giveUpAfter` counts from here. */
  dueSince: number;
  failures: number;
  /** Counts changes, so that one during an attempt is seen after it. */
  version: number;
}

/** What was sent, to be compared with what is so when the answer comes. */
interface Attempt {
  readonly group: Group;
  readonly firing: readonly Alert[];
  readonly ended: readonly Alert[];
  readonly version: number;
  readonly controller: AbortController;
}

export function createNotifier(receiver: Receiver, options: NotifierOptions): Notifier {
  const { clock, log } = options;
  const repeatSeconds = Math.max(
    MIN_REPEAT_SECONDS,
    Math.min(options.alerts.repeat, receiver.resendSeconds ?? Infinity),
  );
  // Alertmanager ends an alert that is not sent again in time: it must not wait longer for a retry than for a repetition.
  const maxRetrySeconds = Math.min(MAX_RETRY_SECONDS, receiver.resendSeconds ?? Infinity);
  const tellsEnds = receiver.sendResolved !== false;
  const groups = new Map<string, Group>();
  let attempt: Attempt | null = null;
  let running: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | null = null;
  let closed = false;
  let last: ReceiverStatus['last'] = null;
  let lastDeliveredAt: string | null = null;

  function groupOf(alertname: string): Group {
    let group = groups.get(alertname);
    if (!group) {
      const nothing = { firing: [], told: new Set<string>(), ended: new Map<string, Alert>() };
      group = { alertname, ...nothing, dueAt: null, dueSince: 0, failures: 0, version: 0 };
      groups.set(alertname, group);
    }
    return group;
  }

  function note(alert: Alert): void {
    const group = groupOf(alert.alertname);
    if (alert.state === 'resolved') {
      const underWay = attempt?.firing.some(({ fingerprint }) => fingerprint === alert.fingerprint) ?? false;
      if (!tellsEnds || !(underWay || group.told.has(alert.fingerprint))) return;
      group.ended.set(alert.fingerprint, alert);
    } else {
      group.ended.delete(alert.fingerprint);
    }
    group.version++;
    group.dueSince = clock.monotonicSeconds();
    // While it fails, the change waits for the next attempt with the rest.
    if (group.failures === 0 || group.dueAt === null) group.dueAt = group.dueSince;
  }

  /** Sends what is due, one after the other, then sleeps until something is. */
  function wake(): void {
    cancelTimer?.();
    cancelTimer = null;
    if (closed || attempt) return;
    let next: Group | null = null;
    for (const group of groups.values()) {
      if (group.firing.length === 0 && group.ended.size === 0) groups.delete(group.alertname);
      else if (group.dueAt !== null && group.dueAt < (next?.dueAt ?? Infinity)) next = group;
    }
    if (!next) return;
    const waitSeconds = (next.dueAt ?? 0) - clock.monotonicSeconds();
    if (waitSeconds > 0) cancelTimer = clock.startTimer(waitSeconds, wake);
    else running = send(next);
  }

  async function send(group: Group): Promise<void> {
    const { firing, version } = group;
    attempt = { group, firing, ended: [...group.ended.values()], version, controller: new AbortController() };
    const sent = attempt;
    let delivery: Delivery;
    try {
      delivery = await receiver.send(
        {
          receiver: receiver.name,
          alertname: group.alertname,
          status: firing.length > 0 ? 'firing' : 'resolved',
          alerts: [...firing, ...sent.ended],
          externalUrl: options.externalUrl,
          language: options.alerts.language,
        },
        sent.controller.signal,
      );
    } catch (err) {
      delivery = { outcome: 'retry', reason: err instanceof Error ? err.message : String(err) };
    }
    attempt = null;
    if (closed) return;
    report(group.alertname, settle(sent, delivery), delivery);
    wake();
  }

  function settle({ group, firing, ended, version }: Attempt, delivery: Delivery): Outcome {
    const now = clock.monotonicSeconds();
    const arrived = delivery.outcome === 'delivered' || (delivery.outcome === 'retry' && delivery.inDoubt);
    if (arrived && tellsEnds) for (const { fingerprint } of firing) group.told.add(fingerprint);
    if (delivery.outcome === 'retry' && now - group.dueSince < options.alerts.giveUpAfter) {
      forgetUntold(group);
      const seconds = backoffSeconds(group.failures, maxRetrySeconds, options.random());
      group.failures++;
      group.dueAt = now + Math.max(seconds, delivery.afterSeconds ?? 0);
      return 'retry';
    }
    for (const { fingerprint } of ended) {
      group.ended.delete(fingerprint);
      group.told.delete(fingerprint);
    }
    forgetUntold(group);
    group.failures = 0;
    const changedMeanwhile = group.version !== version;
    group.dueAt = changedMeanwhile ? now : now + repeatSeconds;
    if (!changedMeanwhile) group.dueSince = group.dueAt;
    return delivery.outcome === 'retry' ? 'gave_up' : delivery.outcome;
  }

  /** Drops ends that came while the beginning was on its way and, as is known now, did not arrive. */
  function forgetUntold(group: Group): void {
    for (const fingerprint of group.ended.keys()) {
      if (!group.told.has(fingerprint)) group.ended.delete(fingerprint);
    }
  }

  /** Says once that something is wrong, and once that it is well again. */
  function report(alertname: string, outcome: Outcome, delivery: Delivery): void {
    const reason = delivery.outcome === 'delivered' ? null : delivery.reason;
    const at = new Date(clock.wallMs()).toISOString();
    const fields = { receiver: receiver.name, kind: receiver.kind, alertname, ...(reason && { reason }) };
    const level = last?.outcome === outcome && last.reason === reason ? 'debug' : 'warn';
    if (outcome === 'retry') log[level](fields, 'notification failed, will be tried again');
    else if (outcome === 'refused') log[level](fields, 'notification refused');
    else if (outcome === 'gave_up') log.warn(fields, 'notification given up');
    else if (last && last.outcome !== 'delivered') log.info(fields, 'notifications are delivered again');
    else log.debug(fields, 'notification delivered');
    last = { outcome, at, reason };
    if (outcome === 'delivered') lastDeliveredAt = at;
    options.onOutcome(receiver.name, outcome);
  }

  return {
    update(firing, changed) {
      for (const alert of firing) groupOf(alert.alertname);
      for (const group of groups.values()) {
        group.firing = firing.filter(({ alertname }) => alertname === group.alertname);
      }
      for (const alert of changed) note(alert);
      wake();
    },
    status() {
      const waiting = [...groups.values()].filter((group) => group.failures > 0).length;
      return { receiver: receiver.name, kind: receiver.kind, last, lastDeliveredAt, waiting };
    },
    async close() {
      closed = true;
      cancelTimer?.();
      attempt?.controller.abort();
      await running;
    },
  };
}

/** Doubles from one second up to the maximum; the upper half of each wait is random, so that many do not come at once. */
function backoffSeconds(failures: number, maxSeconds: number, random: number): number {
  const seconds = Math.min(maxSeconds, FIRST_RETRY_SECONDS * 2 ** failures);
  return seconds * (0.5 + random / 2);
}
