import type { Alert, Outcome } from '../model/alert.ts';
import type { AlertsConfig, DetectorOptions, ReceiverConfig } from '../model/options.ts';
import type { Log, Sink } from '../model/units.ts';
import { systemClock, type Clock } from './clock.ts';
import { listAlerts, MAX_ACTIVE, NO_ALERTS, step } from './lifecycle.ts';
import { createNotifier, type ReceiverStatus } from './notifier.ts';
import { createReceivers } from './receivers/index.ts';

export interface AlertingOptions {
  readonly detectors: DetectorOptions;
  readonly alerts: AlertsConfig;
  readonly receivers: readonly ReceiverConfig[];
  /** Where the dashboard is reached, without a trailing slash. */
  readonly externalUrl: string;
  /** This host's name, for the label `instance`. */
  readonly instance: string;
  readonly log: Log;
  /** Told of each attempt at a notification, with the name that `receivers()` lists. */
  readonly onOutcome?: (receiver: string, outcome: Outcome) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Alerting extends Sink {
  /** Firing, pending, and for a while resolved, in this order; each fingerprint once. */
  alerts(): readonly Alert[];
  /** How each receiver does, in the order of the configuration; every Alertmanager listed is one. */
  receivers(): ReceiverStatus[];
  close(): Promise<void>;
}

/** Findings become alerts, and alerts notifications. Throws where a receiver cannot be built from its configuration. */
export function createAlerting(options: AlertingOptions): Alerting {
  const { log, clock = systemClock, random = Math.random, onOutcome = () => undefined } = options;
  const notifiers = options.receivers
    .flatMap((config) => createReceivers(config, clock))
    .map((receiver) => createNotifier(receiver, { ...options, clock, random, onOutcome }));
  let lifecycle = NO_ALERTS;
  let listed: readonly Alert[] = [];
  let overflowing = false;

  return {
    name: 'alert',
    publish(observation) {
      const next = step(lifecycle, observation, options);
      lifecycle = next.lifecycle;
      listed = listAlerts(lifecycle);
      for (const alert of next.changed) {
        const { alertname, fingerprint, state, severity, finding } = alert;
        log.info({ alertname, fingerprint, state, severity, labels: finding.labels }, 'alert changed');
      }
      if (next.overflow > 0 && !overflowing) {
        log.warn({ overflow: next.overflow, max: MAX_ACTIVE }, 'too many alerts, the rest is not followed');
      }
      overflowing = next.overflow > 0;
      const firing = listed.filter((alert) => alert.state === 'firing');
      for (const notifier of notifiers) notifier.update(firing, next.changed);
    },
    alerts: () => listed,
    receivers: () => notifiers.map((notifier) => notifier.status()),
    async close() {
      await Promise.all(notifiers.map((notifier) => notifier.close()));
    },
  };
}
