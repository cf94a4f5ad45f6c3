import { absenceCounts } from '../model/absence.ts';
import type { Alert } from '../model/alert.ts';
import { severityRank, type Finding, type Severity } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import type { AlertsConfig, DetectorOptions } from '../model/options.ts';

/**
 * The life of an alert: its finding is there (pending), has been there for `for` (firing), has been gone for `keepFiringFor`
 * (resolved). Pure: time is the observer's monotonic clock, carried as seconds that have been counted, not as instants,
 * so that a new observer with a new clock neither fires nor resolves anything early.
 */

/** Plain data: it can be stored as it is and taken up again after a restart. */
export interface Lifecycle {
  /** The clock at the newest observation; null before the first. */
  readonly clock: { readonly epoch: string; readonly monotonicSeconds: number } | null;
  /** Seconds since the newest complete observation that incomplete ones took. */
  readonly incompleteSeconds: number;
  readonly active: readonly ActiveAlert[];
  /** Newest first; kept for display only. */
  readonly resolved: readonly Alert[];
}

export interface ActiveAlert {
  /** Pending or firing; holds the finding as it was last seen. */
  readonly alert: Alert;
  /** What the newest complete observation said; `unknown`: its silence meant nothing. */
  readonly seen: Presence;
  /** How long the finding has been there, while pending. */
  readonly presentSeconds: number;
  /** How long it has been gone, while firing. */
  readonly absentSeconds: number;
  /** How long it has been there with a lower severity than the alert's; null where it is not. */
  readonly milderSeconds: number | null;
}

type Presence = 'present' | 'absent' | 'unknown';

export interface LifecycleSettings {
  readonly detectors: DetectorOptions;
  readonly alerts: Pick<AlertsConfig, 'keepFiringFor' | 'minSeverity'>;
  /** The host's name: it tells the alerts of several hosts apart where they meet (label `instance`). */
  readonly instance: string;
}

type Facts = Pick<
  Observation,
  | 'epoch'
  | 'at'
  | 'monotonicSeconds'
  | 'gapSeconds'
  | 'complete'
  | 'kind'
  | 'findings'
  | 'undecided'
  | 'undecidedNamespaces'
  | 'units'
>;

interface Step {
  readonly lifecycle: Lifecycle;
  /** Alerts that began to fire, resolved, or changed severity while firing. */
  readonly changed: readonly Alert[];
  /** Alerts beyond MAX_ACTIVE, which are not followed. */
  readonly overflow: number;
}

/** More than MAX_FINDINGS, because alerts outlive their findings by `keepFiringFor`. */
export const MAX_ACTIVE = 1000;
export const MAX_RESOLVED = 100;
export const RESOLVED_KEPT_SECONDS = 15 * 60;

export const NO_ALERTS: Lifecycle = { clock: null, incompleteSeconds: 0, active: [], resolved: [] };

export function step(before: Lifecycle, facts: Facts, settings: LifecycleSettings): Step {
  // It repeats what the last full pass found: the next one tells what became of that, and how long it took.
  if (facts.kind === 'counts') return { lifecycle: before, changed: [], overflow: 0 };
  const clock = { epoch: facts.epoch, monotonicSeconds: facts.monotonicSeconds };
  const seconds = secondsSeen(before, facts);
  const incompleteSeconds = before.clock?.epoch === facts.epoch ? before.incompleteSeconds : 0;
  if (!facts.complete) {
    const lifecycle = { ...before, clock, incompleteSeconds: incompleteSeconds + seconds };
    return { lifecycle, changed: [], overflow: 0 };
  }

  const at = new Date(facts.at).toISOString();
  const silenceCounts = absenceCounts(facts);
  const findings = new Map(facts.findings.map((finding) => [finding.fingerprint, finding]));
  const next: ActiveAlert[] = [];
  const changed: Alert[] = [];
  const ended: Alert[] = [];

  for (const active of before.active) {
    const finding = findings.get(active.alert.fingerprint);
    findings.delete(active.alert.fingerprint);
    if (finding && alarms(finding, settings)) {
      // Incomplete observations between two that show it do not make it younger.
      const present = continues(active, finding, seconds + incompleteSeconds, at, settings);
      if (present.alert.state === 'firing' && differs(present.alert, active.alert))
        changed.push(present.alert);
      next.push(present);
    } else if (!finding && !silenceCounts(active.alert.alertname, active.alert.labels)) {
      next.push({ ...active, seen: 'unknown' });
    } else if (active.alert.state === 'firing') {
      const absent = isGone(active, seconds);
      if (absent.absentSeconds < settings.alerts.keepFiringFor) next.push(absent);
      else ended.push({ ...active.alert, state: 'resolved', endsAt: later(at, active.alert.startsAt) });
    }
  }
  for (const finding of findings.values()) {
    if (!alarms(finding, settings)) continue;
    const begun = begins(finding, at, settings);
    if (begun.alert.state === 'firing') changed.push(begun.alert);
    next.push(begun);
  }

  const kept = next.length > MAX_ACTIVE ? mostImportant(next) : next;
  const active = kept.slice(0, MAX_ACTIVE);
  const dropped = new Set(kept.slice(MAX_ACTIVE).map(({ alert }) => alert.fingerprint));
  return {
    lifecycle: {
      clock,
      incompleteSeconds: 0,
      active,
      resolved: stillShown([...ended, ...before.resolved], facts.at),
    },
    changed: [...changed.filter((alert) => !dropped.has(alert.fingerprint)), ...ended],
    overflow: dropped.size,
  };
}

/** Taken up again after a restart: nothing is known of the time between, so that nothing resolves or fires because of it. */
export function resumed(active: readonly ActiveAlert[], resolved: readonly Alert[]): Lifecycle {
  return { ...NO_ALERTS, active: active.map((each) => ({ ...each, seen: 'unknown' })), resolved };
}

/** All alerts, for display: firing, pending, resolved. Each fingerprint occurs once. */
export function listAlerts(lifecycle: Lifecycle): Alert[] {
  const active = lifecycle.active.map(({ alert }) => alert);
  const fingerprints = new Set(active.map((alert) => alert.fingerprint));
  return [
    ...active.filter((alert) => alert.state === 'firing'),
    ...active.filter((alert) => alert.state === 'pending'),
    ...lifecycle.resolved.filter((alert) => !fingerprints.has(alert.fingerprint)),
  ];
}

/** Seconds since the observation before, without what nobody watched; 0 where another observer made that one. */
function secondsSeen(before: Lifecycle, facts: Facts): number {
  if (before.clock?.epoch !== facts.epoch) return 0;
  return Math.max(0, facts.monotonicSeconds - before.clock.monotonicSeconds - (facts.gapSeconds ?? 0));
}

function alarms(finding: Finding, settings: LifecycleSettings): boolean {
  // What follows from another finding is told with it.
  return !finding.causedBy && severityRank(finding.severity) >= severityRank(settings.alerts.minSeverity);
}

function begins(finding: Finding, at: string, settings: LifecycleSettings): ActiveAlert {
  const { severity } = finding;
  const alert: Alert = {
    id: `${finding.fingerprint}-${Date.parse(at).toString(36)}`,
    fingerprint: finding.fingerprint,
    alertname: finding.detector,
    state: 'pending',
    severity,
    labels: labelsOf(finding, severity, settings),
    pendingSince: at,
    startsAt: null,
    endsAt: null,
    finding,
  };
  const unseen = {
    alert,
    seen: 'unknown',
    presentSeconds: 0,
    absentSeconds: 0,
    milderSeconds: null,
  } as const;
  return continues(unseen, finding, 0, at, settings);
}

function continues(
  active: ActiveAlert,
  finding: Finding,
  secondsSinceLast: number,
  at: string,
  settings: LifecycleSettings,
): ActiveAlert {
  const seconds = active.seen === 'present' ? secondsSinceLast : 0;
  const presentSeconds = active.presentSeconds + seconds;
  const { severity, milderSeconds } = judge(active, finding.severity, seconds, settings);
  const fires = active.alert.state === 'firing' || presentSeconds >= settings.detectors[finding.detector].for;
  const alert: Alert = {
    ...active.alert,
    state: fires ? 'firing' : 'pending',
    severity,
    labels: labelsOf(finding, severity, settings),
    startsAt: fires ? (active.alert.startsAt ?? at) : null,
    finding,
  };
  return { alert, seen: 'present', presentSeconds, absentSeconds: 0, milderSeconds };
}

/**
 * A firing alert gets worse at once and milder only after `keepFiringFor`, as it resolves: a value that sways around a
 * threshold would otherwise send a notification each time.
 */
function judge(
  active: ActiveAlert,
  severity: Severity,
  seconds: number,
  settings: LifecycleSettings,
): Pick<ActiveAlert, 'milderSeconds'> & { severity: Severity } {
  const milder = severityRank(severity) < severityRank(active.alert.severity);
  if (!milder || active.alert.state === 'pending') return { severity, milderSeconds: null };
  const milderSeconds = active.milderSeconds === null ? 0 : active.milderSeconds + seconds;
  if (milderSeconds >= settings.alerts.keepFiringFor) return { severity, milderSeconds: null };
  return { severity: active.alert.severity, milderSeconds };
}

function isGone(active: ActiveAlert, seconds: number): ActiveAlert {
  const absentSeconds = active.absentSeconds + (active.seen === 'absent' ? seconds : 0);
  return { ...active, seen: 'absent', absentSeconds };
}

function differs(alert: Alert, before: Alert): boolean {
  return alert.state !== before.state || alert.severity !== before.severity;
}

function labelsOf(finding: Finding, severity: Severity, settings: LifecycleSettings): Record<string, string> {
  const added = settings.detectors[finding.detector].labels;
  return { ...added, ...finding.labels, alertname: finding.detector, severity, instance: settings.instance };
}

/** Wall clocks are set back now and then; an end before its start is refused by Alertmanager. */
function later(at: string, startsAt: string | null): string {
  return startsAt !== null && startsAt > at ? startsAt : at;
}

/** Those that somebody was told of first, those that are no longer seen last. */
function mostImportant(active: readonly ActiveAlert[]): ActiveAlert[] {
  const rank = ({ alert, seen }: ActiveAlert) =>
    (alert.state === 'firing' ? 2 : 0) + (seen === 'present' ? 1 : 0);
  return active.toSorted((a, b) => rank(b) - rank(a));
}

function stillShown(resolved: readonly Alert[], atMs: number): Alert[] {
  const shown = new Map<string, Alert>();
  for (const alert of resolved) {
    const fresh = alert.endsAt !== null && atMs - Date.parse(alert.endsAt) < RESOLVED_KEPT_SECONDS * 1000;
    if (fresh && !shown.has(alert.fingerprint)) shown.set(alert.fingerprint, alert);
  }
  return [...shown.values()].slice(0, MAX_RESOLVED);
}
