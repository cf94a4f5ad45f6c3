import type { Alert, Outcome } from '../model/alert.ts';
import type { AlertEvent } from '../model/alert-api.ts';
import type { Alerts, Hush } from '../model/alerts.ts';
import { severityRank } from '../model/finding.ts';
import { matches, parseMatcher } from '../model/matcher.ts';
import type { AlertsConfig, DetectorOptions } from '../model/options.ts';
import type { ReceiverConfig } from '../model/receiver-options.ts';
import type { Acknowledgement } from '../model/silence.ts';
import type { Journal, JournalChange } from '../model/storage.ts';
import type { Log, Sink } from '../model/units.ts';
import { Book, NOTHING_STORED, restore } from './book.ts';
import { systemClock, type Clock } from './clock.ts';
import { Events } from './events.ts';
import { listAlerts, MAX_ACTIVE, step } from './lifecycle.ts';
import { createNotifier, type Attempt } from './notifier.ts';
import { quietAt, quietOf } from './quiet.ts';
import { createReceivers } from './receivers/index.ts';
import { sampleAlert } from './sample.ts';
import { Silences } from './silences.ts';
import { withinSeconds } from './within.ts';

export interface AlertingOptions {
  readonly detectors: DetectorOptions;
  readonly alerts: AlertsConfig;
  readonly receivers: readonly ReceiverConfig[];
  /** Where the dashboard is reached, without a trailing slash. */
  readonly externalUrl: string;
  /** This host's name, for the label `instance`. */
  readonly instance: string;
  readonly journal: Journal;
  readonly log: Log;
  /** Told of each attempt at a notification, with the name that `receivers()` lists. */
  readonly onOutcome?: (receiver: string, outcome: Outcome) => void;
  /** Told of each alert that has begun to fire. */
  readonly onFiring?: (alert: Alert) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Alerting extends Sink, Alerts {
  close(): Promise<void>;
}

/** A disk that hangs holds back no alert for longer. */
const MAX_WRITE_SECONDS = 2;
/** Behind so many a disk that hangs is not asked for more. */
const MAX_WRITES = 8;
/** What a start waits for the journal. */
const MAX_RESTORE_SECONDS = 10;

/**
 * Findings become alerts, and alerts notifications. What was stored is taken up again first; where that cannot be read
 * it begins anew, and says so. Rejects where a receiver cannot be built from its configuration.
 */
export async function createAlerting(options: AlertingOptions): Promise<Alerting> {
  const { journal, log, clock = systemClock, random = Math.random } = options;
  const { onOutcome = () => undefined, onFiring = () => undefined } = options;
  const quiet = options.alerts.quietHours.map((hours) => quietOf(hours));
  const stored = await withinSeconds(clock, MAX_RESTORE_SECONDS, restore(journal)).catch((err: unknown) => {
    log.error({ err }, 'alerts of before cannot be read from the store; begun anew');
    return NOTHING_STORED;
  });
  const silences = new Silences(stored.silences);
  const acknowledgements = new Map(stored.acknowledgements);
  const events = new Events(stored === NOTHING_STORED ? null : stored.events);
  const book = new Book(stored.lifecycle);
  let lifecycle = stored.lifecycle;
  let listed: readonly Alert[] = listAlerts(lifecycle);
  let overflowing = false;
  let writes = 0;
  let isFailing = false;
  let isJoining = false;

  const notifiers = options.receivers.flatMap((config) => {
    const matchers = config.matchers.map((matcher) => parseMatcher(matcher));
    return createReceivers(config, clock, log).map((receiver) => ({
      concerns: ({ labels }: Alert) => matches(matchers, labels),
      notifier: createNotifier(receiver, {
        alerts: options.alerts,
        ...(config.language && { language: config.language }),
        maxPerMinute: config.maxPerMinute,
        externalUrl: options.externalUrl,
        log,
        clock,
        random,
        onOutcome,
        onTold: wasTold,
        stored: stored.groups(receiver.name),
        write: (changes) => write(changes, false),
      }),
    }));
  });
  const names = new Set(notifiers.map(({ notifier }) => notifier.name));
  void write(stored.orphans(names), false);

  /** Settles when it is written, cannot be, or takes too long; never rejects. */
  async function write(changes: readonly JournalChange[], durable: boolean): Promise<void> {
    if (changes.length === 0) return;
    if (writes >= MAX_WRITES) {
      notSaved(changes);
      return;
    }
    writes++;
    const written = journal
      .write(changes, durable)
      .then(
        () => {
          if (isFailing) log.info({}, 'alerts are stored again');
          isFailing = false;
        },
        (err: unknown) => {
          if (!isFailing) log.error({ err }, 'alerts cannot be stored; they are told all the same');
          isFailing = true;
          notSaved(changes);
        },
      )
      .finally(() => writes--);
    await withinSeconds(clock, MAX_WRITE_SECONDS, written).catch(() => undefined);
  }

  function notSaved(changes: readonly JournalChange[]): void {
    book.notSaved(changes);
    events.notSaved(changes);
    for (const { notifier } of notifiers) notifier.notSaved();
  }

  /** Reads what was before of alerts that are no longer in memory, so that what is new of them can be written. */
  async function joinEvents(): Promise<void> {
    const ids = events.partial();
    if (ids.length === 0 || isJoining) return;
    isJoining = true;
    try {
      for (const id of ids) {
        const entry = await journal.get('events', id);
        events.join(id, (entry?.value as AlertEvent[] | undefined) ?? []);
      }
    } catch {
      // It is tried again with what is written next.
    } finally {
      isJoining = false;
    }
    await write(events.changes(clock.wallMs()), false);
  }

  function wasTold(alerts: readonly Alert[], { at, ...attempt }: Attempt): void {
    for (const { id, state } of alerts) {
      const status = state === 'resolved' ? 'resolved' : 'firing';
      events.add(id, { kind: 'told', at, lastAt: at, times: 1, status, ...attempt });
    }
    void write(events.changes(clock.wallMs()), false);
    void joinEvents();
  }

  function acknowledgementOf({ id, severity }: Alert): Acknowledgement | null {
    const held = acknowledgements.get(id);
    return held && severityRank(severity) <= severityRank(held.severity) ? held : null;
  }

  /** As of now, for as many alerts as are asked about. */
  function hush(): (alert: Alert) => Hush {
    const nowMs = clock.wallMs();
    const isQuiet = quietAt(quiet, nowMs);
    const silencedBy = silences.at(nowMs);
    return (alert) => ({
      silencedBy: silencedBy(alert.labels),
      quiet: isQuiet(alert.labels),
      acknowledgement: acknowledgementOf(alert),
    });
  }

  /** Brings the receivers to what is so now, and writes down what has changed before any of it is sent. */
  function tell(ended: readonly Alert[]): void {
    const nowMs = clock.wallMs();
    const isQuiet = quietAt(quiet, nowMs);
    const silencedBy = silences.at(nowMs);
    const firing = listed.filter(({ state }) => state === 'firing');
    const muted = new Set(
      firing.filter(({ labels }) => isQuiet(labels) || silencedBy(labels).length > 0).map(({ id }) => id),
    );
    const standing = {
      ended,
      isMuted: ({ id }: Alert) => muted.has(id),
      isQuiet: ({ labels }: Alert) => isQuiet(labels),
      isAcknowledged: (alert: Alert) => acknowledgementOf(alert) !== null,
    };
    const { durable, rest } = book.unsaved(lifecycle, ended, nowMs);
    for (const id of silences.prune(nowMs)) rest.push({ table: 'silence', key: id, value: undefined });
    rest.push(...events.changes(nowMs));
    const present = new Set(lifecycle.active.map(({ alert }) => alert.id));
    for (const id of acknowledgements.keys()) {
      if (present.has(id)) continue;
      acknowledgements.delete(id);
      rest.push({ table: 'acknowledgement', key: id, value: undefined });
    }
    for (const { notifier, concerns } of notifiers) {
      durable.push(...notifier.update({ ...standing, firing: firing.filter(concerns) }));
    }
    void write([...durable, ...rest], durable.length > 0);
    void joinEvents();
    for (const { notifier } of notifiers) notifier.wake();
  }

  return {
    name: 'alert',
    publish(observation) {
      const next = step(lifecycle, observation, options);
      lifecycle = next.lifecycle;
      listed = listAlerts(lifecycle);
      for (const alert of next.changed) {
        const { alertname, fingerprint, state, severity, finding, startsAt } = alert;
        log.info({ alertname, fingerprint, state, severity, labels: finding.labels }, 'alert changed');
        const at = new Date(observation.at).toISOString();
        if (state !== 'firing') continue;
        if (startsAt === at) onFiring(alert);
        else events.add(alert.id, { kind: 'severity', at, severity });
      }
      if (next.overflow > 0 && !overflowing) {
        log.warn({ overflow: next.overflow, max: MAX_ACTIVE }, 'too many alerts, the rest is not followed');
      }
      overflowing = next.overflow > 0;
      tell(next.changed.filter(({ state }) => state === 'resolved'));
    },
    alerts: () => listed,
    hush,
    async resolved(limit, before) {
      const entries = await journal.list('resolved', limit, before);
      const last = entries.length < limit ? undefined : entries.at(-1);
      return {
        alerts: entries.map(({ value }) => value as Alert),
        next: last ? { at: last.at, key: last.key } : null,
      };
    },
    async story(id) {
      const present = listed.find((alert) => alert.id === id);
      const alert = present ?? ((await journal.get('resolved', id))?.value as Alert | undefined);
      if (!alert) return null;
      const kept = events.of(id) ?? ((await journal.get('events', id))?.value as AlertEvent[] | undefined);
      return { alert, events: [...(kept ?? [])] };
    },
    quietHours() {
      const nowMs = clock.wallMs();
      return quiet.map((each) => each.status(nowMs));
    },
    silences: () => silences.list(clock.wallMs()),
    addSilence(asked) {
      const result = silences.add(asked, clock.wallMs());
      if ('made' in result) keep('silence', result.made.id, result.made);
      return result;
    },
    expireSilence(id) {
      const silence = silences.expire(id, clock.wallMs());
      if (silence) keep('silence', id, silence);
      return silence;
    },
    acknowledge(id, author, comment) {
      const alert = listed.find((each) => each.id === id && each.state !== 'resolved');
      if (!alert) return undefined;
      const at = new Date(clock.wallMs()).toISOString();
      const acknowledgement = { author, comment, at, severity: alert.severity };
      acknowledgements.set(id, acknowledgement);
      events.add(id, { kind: 'acknowledged', at, author, comment });
      keep('acknowledgement', id, acknowledgement);
      return acknowledgement;
    },
    withdraw(id) {
      if (!acknowledgements.delete(id)) return false;
      events.add(id, { kind: 'withdrawn', at: new Date(clock.wallMs()).toISOString() });
      keep('acknowledgement', id, undefined);
      return true;
    },
    receivers: () => notifiers.map(({ notifier }) => notifier.status()),
    test(name) {
      const found = notifiers.find(({ notifier }) => notifier.name === name);
      return found?.notifier.test(sampleAlert(options.instance, clock.wallMs()));
    },
    async close() {
      await Promise.all(notifiers.map(({ notifier }) => notifier.close()));
    },
  };

  /** What a person did: written for good, and told at once. */
  function keep(table: 'silence' | 'acknowledgement', key: string, value: object | undefined): void {
    void write([value ? { table, key, at: clock.wallMs(), value } : { table, key, value }], true);
    tell([]);
  }
}
