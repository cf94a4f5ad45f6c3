import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import type { Alert } from '../model/alert.ts';
import type { ObserverStatus } from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import type { StorageStatus } from '../model/storage.ts';
import type { Sink } from '../model/units.ts';
import { createHealthMetrics } from './health.ts';
import { labelValue } from './label.ts';
import { toOpenMetrics } from './open-metrics.ts';
import { createSocketMetrics } from './sockets.ts';
import { createStorageMetrics } from './storage.ts';

export interface MetricsParts {
  readonly version: string;
  readonly status: () => ObserverStatus;
  readonly storage: () => StorageStatus;
  readonly alerts: () => readonly Alert[];
  /** Names of the receivers, and what can become of a notification: those series are there from the start. */
  readonly receivers: () => readonly string[];
  readonly outcomes: readonly string[];
}

export interface Metrics extends Sink {
  countNotification(receiver: string, outcome: string): void;
  /** All metrics as text; everything in it is as of now. */
  render(openMetrics: boolean): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Gauges of prom-client that are named like counters: `promtool check metrics` refuses them. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** As the page has it: longer without an Observation, and what is known is stale. */
const STALE_INTERVALS = 3;
const STALE_SLACK_SECONDS = 2;

/**
 * The metrics, on a registry of their own. Gauges are filled anew for every scrape, so that a label that is gone is gone.
 * While the observer is down its health is 0 and what it saw is withheld: old numbers must not look fresh.
 */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const fillSockets = createSocketMetrics(registry);
  const fillHealth = createHealthMetrics(registry, parts.version);
  const fillStorage = createStorageMetrics(registry);
  const notifications = new Counter({
    name: 'halfclose_notifications_total',
    help: 'Attempts at notifications by receiver and outcome.',
    labelNames: ['receiver', 'outcome'],
    registers: [registry],
  });
  let newest: Observation | null = null;

  return {
    name: 'metrics',
    publish(observation) {
      newest = observation;
    },
    countNotification(receiver, outcome) {
      notifications.inc({ receiver: labelValue(receiver), outcome });
    },
    async render(openMetrics) {
      const status = parts.status();
      const isUp = status.state === 'up' && isFresh(newest, status);
      fillSockets(isUp ? newest : null);
      fillStorage(parts.storage());
      fillHealth(newest, isUp, status.restarts, parts.alerts());
      for (const receiver of parts.receivers()) {
        for (const outcome of parts.outcomes)
          notifications.inc({ receiver: labelValue(receiver), outcome }, 0);
      }
      const text = await registry.metrics();
      return openMetrics
        ? { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: toOpenMetrics(text) }
        : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: text };
    },
  };
}

/** An observer that hangs is `up` until it is killed for it; what it saw last is old before that. */
function isFresh(newest: Observation | null, { observationAgeSeconds }: ObserverStatus): boolean {
  const intervalSeconds = newest?.intervalSeconds ?? 0;
  return (observationAgeSeconds ?? 0) <= STALE_INTERVALS * intervalSeconds + STALE_SLACK_SECONDS;
}
