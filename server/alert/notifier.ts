import type { Alert, Delivery, Language, Notification, Outcome } from '../model/alert.ts';
import type { ReceiverStatus } from '../model/alerts.ts';
import type { AlertsConfig } from '../model/options.ts';
import type { JournalChange } from '../model/storage.ts';
import type { Log, Receiver } from '../model/units.ts';
import type { Clock } from './clock.ts';
import {
  dueAt,
  groupLabelsOf,
  isOver,
  mayBeTold,
  nameOf,
  newGroup,
  restored,
  settle,
  storedOf,
  update,
  wasNotTold,
  type Group,
  type StoredGroup,
  type Waits,
} from './group.ts';
import { Pace } from './pace.ts';

/**
 * Brings one receiver to the state of the alerts, one message after the other.
 *
 * An end is told only to those who were told of the beginning, as in Alertmanager: an alert that fires and resolves while
 * the receiver is down is not reported to it at all. An attempt that may have arrived counts as told.
 */
export interface Notifier {
  readonly name: string;
  /** Takes what is so now, for this and every later message. Returns what is to be written of it, which counts as written. */
  update(now: Standing): JournalChange[];
  /** What was given out to be written was not: it is given out again. */
  notSaved(): void;
  /** Sends what is due, and goes on by itself. Returns at once. */
  wake(): void;
  /** One attempt at a sample, beside all else. */
  test(alert: Alert): Promise<Delivery>;
  status(): ReceiverStatus;
  /** Gives up the attempt under way and stops. */
  close(): Promise<void>;
}

/** The alerts as one receiver is concerned. */
interface Standing {
  readonly firing: readonly Alert[];
  /** Those that resolved since the last time. */
  readonly ended: readonly Alert[];
  /** Silenced, or to wait until quiet hours are over: nobody is told that it fires. */
  readonly isMuted: (alert: Alert) => boolean;
  /** To wait until quiet hours are over: nobody is told of its end either. */
  readonly isQuiet: (alert: Alert) => boolean;
  /** Somebody is at it: no reminders. */
  readonly isAcknowledged: (alert: Alert) => boolean;
}

/** What came of a message. */
export interface Attempt {
  readonly receiver: string;
  readonly outcome: Outcome;
  readonly at: string;
  readonly reason: string | null;
}

export interface NotifierOptions {
  readonly alerts: Pick<
    AlertsConfig,
    'repeat' | 'giveUpAfter' | 'language' | 'groupBy' | 'groupWait' | 'groupInterval'
  >;
  /** Instead of that of `alerts`. */
  readonly language?: Language;
  readonly maxPerMinute: number;
  readonly externalUrl: string;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onOutcome: (receiver: string, outcome: Outcome) => void;
  /** Told of the same with all alerts that the message was about. */
  readonly onTold?: (alerts: readonly Alert[], attempt: Attempt) => void;
  /** What was stored of its groups. */
  readonly stored: readonly StoredGroup[];
  /** Settles when what was given has been written, or cannot be. What was written before is written then, too. */
  readonly write: (changes: readonly JournalChange[]) => Promise<void>;
}

const FIRST_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 300;
/** However short `repeat` is. */
const MIN_REPEAT_SECONDS = 1;

export function createNotifier(receiver: Receiver, options: NotifierOptions): Notifier {
  const { clock, log, alerts } = options;
  const waits = waitsOf(receiver, alerts);
  // Alertmanager ends an alert that is not sent again in time: it must not wait longer for a retry than for a repetition.
  const maxRetrySeconds = Math.min(MAX_RETRY_SECONDS, receiver.resendSeconds ?? Infinity);
  const tellsEnds = receiver.sendResolved !== false;
  const offsetMs = () => clock.wallMs() - clock.monotonicSeconds() * 1000;
  const groups = new Map<string, Group>();
  for (const stored of options.stored) {
    groups.set(nameOf(stored.labels), restored(stored, clock.monotonicSeconds(), offsetMs()));
  }
  const pace = new Pace(options.maxPerMinute);
  const closing = new AbortController();
  let attempt: Group | null = null;
  let running: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | null = null;
  let last: ReceiverStatus['last'] = null;
  let lastDeliveredAt: string | null = null;

  /** One after the other, then it sleeps until something is due. */
  function wake(): void {
    cancelTimer?.();
    cancelTimer = null;
    if (closing.signal.aborted || attempt) return;
    let next: Group | null = null;
    let at = Infinity;
    for (const group of groups.values()) {
      const due = dueAt(group, waits) ?? Infinity;
      if (due < at) [next, at] = [group, due];
    }
    if (!next) return;
    const waitSeconds = Math.max(at, pace.nextAt()) - clock.monotonicSeconds();
    if (waitSeconds > 0) cancelTimer = clock.startTimer(waitSeconds, wake);
    else running = send(next);
  }

  async function send(group: Group): Promise<void> {
    attempt = group;
    const { firing, endsToTell: ended } = group;
    const added = tellsEnds ? mayBeTold(group, firing) : [];
    pace.sent(clock.monotonicSeconds());
    await options.write([changeOf(group)]);
    // Closed meanwhile: whoever starts next takes it for sent, perhaps, and tells it again.
    if (closing.signal.aborted) return;
    const delivery = await attemptAt(notificationOf(group.labels, [...firing, ...ended]), closing.signal);
    attempt = null;
    if (closing.signal.aborted) return;
    const inDoubt = delivery.outcome === 'retry' && delivery.inDoubt;
    if (delivery.outcome !== 'delivered' && !inDoubt) wasNotTold(group, added);
    report(group, [...firing, ...ended], outcomeOf(group, firing, ended, delivery), delivery);
    void options.write([changeOf(group)]);
    wake();
  }

  async function attemptAt(notification: Notification, signal: AbortSignal): Promise<Delivery> {
    try {
      return await receiver.send(notification, signal);
    } catch (err) {
      return { outcome: 'retry', reason: err instanceof Error ? err.message : String(err) };
    }
  }

  function notificationOf(groupLabels: Group['labels'], told: readonly Alert[]): Notification {
    return {
      receiver: receiver.name,
      groupLabels,
      status: told.some(({ state }) => state === 'firing') ? 'firing' : 'resolved',
      alerts: told,
      isTest: false,
      externalUrl: options.externalUrl,
      language: options.language ?? alerts.language,
    };
  }

  function outcomeOf(
    group: Group,
    firing: readonly Alert[],
    ended: readonly Alert[],
    delivery: Delivery,
  ): Outcome {
    const now = clock.monotonicSeconds();
    if (delivery.outcome === 'retry') {
      if (group.failures === 0) group.failingSince = now;
      if (now - Math.max(group.failingSince, group.newestNewsAt) < alerts.giveUpAfter) {
        const seconds = backoffSeconds(group.failures, maxRetrySeconds, options.random());
        group.failures++;
        group.retryAt = now + Math.max(seconds, delivery.afterSeconds ?? 0);
        return 'retry';
      }
    }
    settle(group, firing, ended, now);
    return delivery.outcome === 'retry' ? 'gave_up' : delivery.outcome;
  }

  /** Says once that something is wrong, and once that it is well again. */
  function report(group: Group, told: readonly Alert[], outcome: Outcome, delivery: Delivery): void {
    const reason = delivery.outcome === 'delivered' ? null : delivery.reason;
    const at = new Date(clock.wallMs()).toISOString();
    const fields = {
      receiver: receiver.name,
      kind: receiver.kind,
      ...group.labels,
      ...(reason && { reason }),
    };
    const level = last?.outcome === outcome && last.reason === reason ? 'debug' : 'warn';
    if (outcome === 'retry') log[level](fields, 'notification failed, will be tried again');
    else if (outcome === 'refused') log[level](fields, 'notification refused');
    else if (outcome === 'gave_up') log.warn(fields, 'notification given up');
    else if (last && last.outcome !== 'delivered') log.info(fields, 'notifications are delivered again');
    else log.debug(fields, 'notification delivered');
    last = { outcome, at, reason, status: delivery.exchange?.status ?? null };
    if (outcome === 'delivered') lastDeliveredAt = at;
    options.onOutcome(receiver.name, outcome);
    options.onTold?.(told, { receiver: receiver.name, outcome, at, reason });
  }

  function changeOf(group: Group): JournalChange {
    group.isUnsaved = false;
    const key = `${receiver.name} ${nameOf(group.labels)}`;
    const value = { receiver: receiver.name, group: storedOf(group, offsetMs()) } satisfies StoredDelivery;
    return { table: 'delivery', key, at: clock.wallMs(), value };
  }

  return {
    name: receiver.name,
    update(now) {
      // An Alertmanager takes what is not sent again as ended: what it was told of goes on.
      const isKept = ({ fingerprint }: Alert, group: Group | undefined) =>
        receiver.resendSeconds !== undefined && group?.told.has(fingerprint);
      const firing = new Map<string, Alert[]>();
      for (const alert of now.firing) {
        const labels = groupLabelsOf(alert, alerts.groupBy);
        const name = nameOf(labels);
        if (now.isMuted(alert) && !isKept(alert, groups.get(name))) continue;
        if (!groups.has(name)) groups.set(name, newGroup(labels));
        firing.set(name, [...(firing.get(name) ?? []), alert]);
      }
      for (const [name, group] of groups) {
        const own = firing.get(name) ?? [];
        const told = {
          firing: own,
          isToBeRepeated: receiver.resendSeconds !== undefined || !own.every(now.isAcknowledged),
          ended: now.ended.filter((alert) => nameOf(groupLabelsOf(alert, alerts.groupBy)) === name),
          isHeldBack: now.isQuiet,
        };
        update(group, told, clock.monotonicSeconds());
      }
      const changes: JournalChange[] = [];
      for (const [name, group] of groups) {
        if (isOver(group) && group !== attempt) {
          groups.delete(name);
          changes.push({ table: 'delivery', key: `${receiver.name} ${name}`, value: undefined });
        } else if (group.isUnsaved) changes.push(changeOf(group));
      }
      return changes;
    },
    wake,
    notSaved() {
      for (const group of groups.values()) group.isUnsaved = true;
    },
    test(alert) {
      const groupLabels = groupLabelsOf(alert, alerts.groupBy);
      return attemptAt({ ...notificationOf(groupLabels, [alert]), isTest: true }, closing.signal);
    },
    status() {
      const waiting = [...groups.values()].filter((group) => group.failures > 0).length;
      return { receiver: receiver.name, kind: receiver.kind, last, lastDeliveredAt, waiting };
    },
    async close() {
      cancelTimer?.();
      closing.abort();
      await running;
      await receiver.close?.();
    },
  };
}

/** An entry of the journal's table `delivery`. */
export interface StoredDelivery {
  readonly receiver: string;
  readonly group: StoredGroup;
}

/** An Alertmanager groups by itself: it is told at once. */
function waitsOf({ resendSeconds }: Receiver, alerts: Waits): Waits {
  const repeat = Math.max(MIN_REPEAT_SECONDS, Math.min(alerts.repeat, resendSeconds ?? Infinity));
  return resendSeconds === undefined ? { ...alerts, repeat } : { groupWait: 0, groupInterval: 0, repeat };
}

/** Doubles from one second up to the maximum; the upper half of each wait is random, so that many do not come at once. */
function backoffSeconds(failures: number, maxSeconds: number, random: number): number {
  const seconds = Math.min(maxSeconds, FIRST_RETRY_SECONDS * 2 ** failures);
  return seconds * (0.5 + random / 2);
}
