import type { Alert } from '../model/alert.ts';
import type { AlertsConfig } from '../model/options.ts';

/**
 * What one receiver knows of one group of alerts, and what it is to be told. There is no list of messages: when one is due,
 * what fires then is sent, with the ends that were not told yet. So what could not be delivered is replaced by what is
 * newer, and memory is bounded by the number of alerts.
 *
 * Times are seconds on the monotonic clock.
 */
export interface Group {
  /** The labels that its alerts were put together by. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it is to be told of when something is sent. */
  firing: readonly Alert[];
  /** Of these, whether somebody has to be reminded. */
  isToBeRepeated: boolean;
  /** Fingerprints of the alerts that the receiver may take to be firing. */
  readonly told: Set<string>;
  /** By fingerprint, as what an alert was told, refused or given up last: of that there is nothing more to say. */
  readonly settled: Map<string, string>;
  /** Ends that were not told yet, by fingerprint. */
  readonly ended: Map<string, Alert>;
  /** Of these, the ones that can be told now. */
  endsToTell: readonly Alert[];
  /** What there is to tell, since when, and when the newest of it came. */
  news: ReadonlySet<string>;
  newsSince: number;
  newestNewsAt: number;
  /** When the last message was delivered, refused or given up; null: never. */
  sentAt: number | null;
  /** Attempts that failed since, the first of them then. */
  failures: number;
  failingSince: number;
  /** When it is tried again, while `failures` is not 0. */
  retryAt: number;
  /** Differs from what was written of it. */
  isUnsaved: boolean;
}

export function newGroup(labels: Group['labels']): Group {
  return {
    labels,
    firing: [],
    isToBeRepeated: false,
    told: new Set(),
    settled: new Map(),
    ended: new Map(),
    endsToTell: [],
    news: new Set(),
    newsSince: 0,
    newestNewsAt: 0,
    sentAt: null,
    failures: 0,
    failingSince: 0,
    retryAt: 0,
    isUnsaved: false,
  };
}

/** A label that an alert has not is empty, as in Prometheus. */
export function groupLabelsOf(alert: Alert, by: readonly string[]): Group['labels'] {
  return Object.fromEntries(by.map((name) => [name, alert.labels[name] ?? '']));
}

export function nameOf(labels: Group['labels']): string {
  return JSON.stringify(labels);
}

/** What is so now. */
export interface Now {
  /** Alerts of this group that fire, and that this receiver is to be told of. */
  readonly firing: readonly Alert[];
  readonly isToBeRepeated: boolean;
  /** Those that resolved since the last time. */
  readonly ended: readonly Alert[];
  /** Whether the end of an alert has to wait. */
  readonly isHeldBack: (alert: Alert) => boolean;
}

export function update(group: Group, now: Now, atSeconds: number): void {
  group.firing = now.firing;
  group.isToBeRepeated = now.isToBeRepeated;
  for (const alert of now.ended) {
    if (!group.told.has(alert.fingerprint)) continue;
    group.ended.set(alert.fingerprint, alert);
    group.isUnsaved = true;
  }
  const firing = new Set(now.firing.map(({ fingerprint }) => fingerprint));
  for (const fingerprint of firing) if (group.ended.delete(fingerprint)) group.isUnsaved = true;
  for (const fingerprint of group.settled.keys()) {
    if (!firing.has(fingerprint)) group.settled.delete(fingerprint);
  }
  group.endsToTell = [...group.ended.values()].filter((alert) => !now.isHeldBack(alert));
  lookForNews(group, atSeconds);
}

/** Another alert with the same fingerprint, or the same one grown worse or milder, is news. */
function version({ id, severity }: Alert): string {
  return `${id} ${severity}`;
}

function lookForNews(group: Group, atSeconds: number): void {
  const news = new Set([
    ...group.firing
      .filter((alert) => group.settled.get(alert.fingerprint) !== version(alert))
      .map((alert) => version(alert)),
    ...group.endsToTell.map(({ id }) => id),
  ]);
  const isNewer = [...news].some((each) => !group.news.has(each));
  if (isNewer) {
    if (group.news.size === 0) group.newsSince = atSeconds;
    group.newestNewsAt = atSeconds;
  }
  if (isNewer || news.size !== group.news.size) group.isUnsaved = true;
  group.news = news;
}

/** What may be forgotten: nothing fires, and nobody waits for an end. */
export function isOver({ firing, ended, told }: Group): boolean {
  return firing.length === 0 && ended.size === 0 && told.size === 0;
}

export type Waits = Pick<AlertsConfig, 'groupWait' | 'groupInterval' | 'repeat'>;

/** When it is to be told next; null: never, as things stand. */
export function dueAt(group: Group, waits: Waits): number | null {
  if (group.firing.length === 0 && group.endsToTell.length === 0) return null;
  if (group.failures > 0) return group.retryAt;
  if (group.news.size > 0) {
    if (group.sentAt === null) return group.newsSince + waits.groupWait;
    return Math.max(group.newsSince, group.sentAt + waits.groupInterval);
  }
  return group.sentAt !== null && group.isToBeRepeated ? group.sentAt + waits.repeat : null;
}

/** Before an attempt: should it be the last that this process does, its alerts may have arrived. Returns who was added. */
export function mayBeTold(group: Group, alerts: readonly Alert[]): string[] {
  const added = alerts.map(({ fingerprint }) => fingerprint).filter((each) => !group.told.has(each));
  for (const fingerprint of added) group.told.add(fingerprint);
  group.isUnsaved = true;
  return added;
}

/** After an attempt that has certainly not arrived. */
export function wasNotTold(group: Group, added: readonly string[]): void {
  for (const fingerprint of added) {
    group.told.delete(fingerprint);
    group.ended.delete(fingerprint);
  }
  group.endsToTell = group.endsToTell.filter(({ fingerprint }) => group.ended.has(fingerprint));
  group.isUnsaved = true;
}

/** After the last attempt at a message: nothing more is to be said of what was in it. */
export function settle(
  group: Group,
  firing: readonly Alert[],
  ended: readonly Alert[],
  atSeconds: number,
): void {
  group.settled.clear();
  for (const alert of firing) group.settled.set(alert.fingerprint, version(alert));
  for (const { fingerprint, id } of ended) {
    if (group.ended.get(fingerprint)?.id !== id) continue;
    group.ended.delete(fingerprint);
    group.told.delete(fingerprint);
  }
  group.endsToTell = group.endsToTell.filter(({ fingerprint }) => group.ended.has(fingerprint));
  group.sentAt = atSeconds;
  group.failures = 0;
  group.news = new Set();
  lookForNews(group, atSeconds);
  group.isUnsaved = true;
}

/** A group as it is written, by the wall clock in milliseconds. */
export interface StoredGroup {
  readonly labels: Group['labels'];
  readonly told: readonly string[];
  readonly settled: readonly (readonly [fingerprint: string, version: string])[];
  readonly ended: readonly Alert[];
  readonly sentAtMs: number | null;
}

/** `offsetMs`: of the wall clock, less the monotonic one. */
export function storedOf(group: Group, offsetMs: number): StoredGroup {
  return {
    labels: group.labels,
    told: [...group.told],
    settled: [...group.settled],
    ended: [...group.ended.values()],
    sentAtMs: group.sentAt === null ? null : Math.round(group.sentAt * 1000 + offsetMs),
  };
}

/** As it was when it was written. What lies ahead, by a clock that was set back, counts as now. */
export function restored(stored: StoredGroup, nowSeconds: number, offsetMs: number): Group {
  const group = newGroup(stored.labels);
  for (const fingerprint of stored.told) group.told.add(fingerprint);
  for (const [fingerprint, told] of stored.settled) group.settled.set(fingerprint, told);
  for (const alert of stored.ended) group.ended.set(alert.fingerprint, alert);
  const { sentAtMs } = stored;
  if (sentAtMs !== null) group.sentAt = Math.min(nowSeconds, (sentAtMs - offsetMs) / 1000);
  return group;
}
