import type { Alert } from '../server/model/alert.ts';
import { fingerprint, type Finding } from '../server/model/finding.ts';
import { parseDuration } from '../server/model/duration.ts';
import type { Journal, JournalChange, JournalEntry, JournalPlace } from '../server/model/storage.ts';
import type { Observation } from '../server/model/observation.ts';
import {
  AlertsSchema,
  defaultsOf,
  DetectorsSchema,
  type AlertsConfig,
  type DetectorOptions,
} from '../server/model/options.ts';
import { NO_LIMITS, OWNER_GAPS } from '../server/model/snapshot.ts';
import { STATES, zeroByState } from '../server/model/state.ts';
import type { Log } from '../server/model/units.ts';
import type { Clock } from '../server/alert/clock.ts';
import { createStorage } from '../server/storage/index.ts';

const seconds = (text: string) => parseDuration(text) ?? NaN;
export const DETECTORS: DetectorOptions = defaultsOf(DetectorsSchema, seconds);
/** The defaults, without waiting for more to tell. */
export const ALERTS: AlertsConfig = { ...defaultsOf(AlertsSchema, seconds), groupWait: 0, groupInterval: 0 };

/** 2026-01-02T03:04:05Z */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export function finding(peer = '10.0.0.1', over: Partial<Finding> = {}): Finding {
  const labels = over.labels ?? { process: 'app', pid: '42', role: 'client', peer, port: '5432' };
  const detector = over.detector ?? 'close_wait_leak';
  return {
    fingerprint: fingerprint(detector, labels),
    detector,
    severity: 'warning',
    cause: 'drained',
    labels,
    count: 12,
    oldestAgeSeconds: 125,
    ageExact: true,
    certainty: 'certain',
    examples: [],
    evidence: {},
    filter: `state close-wait and pid = 42 and dst ${peer}`,
    firstSeenAt: new Date(START_MS).toISOString(),
    ...over,
  };
}

/** An alert that is not pending, as the lifecycle makes it. */
export function alert(peer: string, state: 'firing' | 'resolved', over: Partial<Alert> = {}): Alert {
  const source = over.finding ?? finding(peer);
  const severity = over.severity ?? 'warning';
  const at = new Date(START_MS).toISOString();
  return {
    id: `${source.fingerprint}-1`,
    fingerprint: source.fingerprint,
    alertname: source.detector,
    state,
    severity,
    labels: { ...source.labels, alertname: source.detector, severity, instance: 'db1' },
    pendingSince: at,
    startsAt: at,
    endsAt: state === 'resolved' ? at : null,
    finding: source,
    ...over,
  };
}

/** A complete observation without sockets; `monotonicSeconds` moves the wall clock with it. */
export function observation(over: Partial<Observation> = {}): Observation {
  const monotonicSeconds = over.monotonicSeconds ?? 0;
  return {
    epoch: 'one',
    sequence: 1,
    at: START_MS + monotonicSeconds * 1000,
    monotonicSeconds,
    watchedSeconds: monotonicSeconds,
    intervalSeconds: 1,
    kind: 'full',
    fullAt: START_MS + monotonicSeconds * 1000,
    passes: { full: { intervalSeconds: 1, cpuSeconds: 0 }, counts: null },
    gapSeconds: null,
    complete: true,
    source: { name: 'proc', why: '' },
    sockets: {
      total: 0,
      byState: zeroByState(),
      byFamily: { ipv4: 0, ipv6: 0 },
      byStateFamily: { ipv4: zeroByState(), ipv6: zeroByState() },
    },
    oldest: Object.fromEntries(STATES.map((state) => [state, null])) as Observation['oldest'],
    flows: [],
    rates: null,
    processes: [],
    otherProcesses: zeroByState(),
    listeners: [],
    ports: [],
    findings: [],
    considered: [],
    undecided: [],
    undecidedNamespaces: [],
    namespaces: [],
    namespacesTotal: 1,
    units: [],
    ownership: {
      sockets: Object.fromEntries(OWNER_GAPS.map((gap) => [gap, 0])) as Observation['ownership']['sockets'],
      processesDenied: 0,
      processesDeniedAlthoughHeld: 0,
      missingCapabilities: [],
      processesHidden: false,
    },
    limits: NO_LIMITS,
    sockstat: null,
    conntrackEntries: null,
    cost: { cpuSecondsTotal: 0, passSeconds: 0 },
    ...over,
  };
}

/** Collects what is logged: level, message and fields. */
export function memoryLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Where nothing is stored. */
export const NO_STORAGE = createStorage(
  { path: null, offBecause: 'nothing is stored here', retentionSeconds: 86_400, maxBytes: 2 ** 30 },
  memoryLog(),
);

/** A clock that stands still until it is moved; timers fire in order, each at its time. */
export interface ManualClock extends Clock {
  /** Sets the wall clock alone, by so many seconds. */
  jump(seconds: number): void;
  advance(seconds: number): Promise<void>;
}

export function manualClock(): ManualClock {
  let now = 0;
  let jumpedSeconds = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    monotonicSeconds: () => now,
    wallMs: () => START_MS + (now + jumpedSeconds) * 1000,
    jump: (seconds) => (jumpedSeconds += seconds),
    startTimer(afterSeconds, callback) {
      const timer = { at: now + afterSeconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(by) {
      const end = now + by;
      for (;;) {
        await settled();
        const [next] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
      await settled();
    },
  };
}

/** Everything that was only waiting for promises has happened: a macrotask runs after all microtasks. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A journal that outlives what writes to it, and forgets when the test ends. `fails`: it rejects until told otherwise. */
export function memoryJournal(): Journal & { readonly entries: Map<string, JournalEntry>; fails: boolean } {
  const entries = new Map<string, JournalEntry>();
  const nameOf = (table: string, key: string) => `${table} ${key}`;
  const journal = {
    entries,
    fails: false,
    async write(changes: readonly JournalChange[]) {
      await Promise.resolve();
      if (journal.fails) throw new Error('disk full');
      for (const change of changes) {
        const name = nameOf(change.table, change.key);
        if (change.value === undefined) entries.delete(name);
        // As JSON, since that is all that a store keeps.
        else entries.set(name, JSON.parse(JSON.stringify(change)) as JournalEntry);
      }
    },
    async list(table: string, limit: number, before: JournalPlace = { at: Infinity, key: '' }) {
      await Promise.resolve();
      if (journal.fails) throw new Error('disk full');
      const order = (a: JournalPlace, b: JournalPlace) => b.at - a.at || (a.key < b.key ? 1 : -1);
      return [...entries.values()]
        .filter((entry) => entry.table === table && order(entry, before) > 0)
        .sort(order)
        .slice(0, limit);
    },
    async get(table: string, key: string) {
      await Promise.resolve();
      return entries.get(nameOf(table, key)) ?? null;
    },
  };
  return journal;
}
