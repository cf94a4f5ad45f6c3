import { Counter, Gauge, type Registry } from 'prom-client';
import type { Alert } from '../model/alert.ts';
import { DETECTOR_NAMES } from '../model/finding.ts';
import { OWNER_CAPABILITIES, PASS_KINDS, UNIT_KINDS, type Observation } from '../model/observation.ts';
import { withhold } from './gauge.ts';
import { labelValue } from './label.ts';

type Fill = (
  newest: Observation | null,
  isUp: boolean,
  observerRestarts: number,
  alerts: readonly Alert[],
) => void;

/** How Halfclose itself does. These answer also while the observer is down. */
export function createHealthMetrics(registry: Registry, version: string): Fill {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `halfclose_${name}`, help, labelNames, registers: [registry] });
  const counter = (name: string, help: string) =>
    new Counter({ name: `halfclose_${name}`, help, registers: [registry] });
  const up = {
    collector: gauge('collector_up', '1 if the collector worked on the last pass.', ['collector']),
    detector: gauge('detector_up', '1 if the detector worked on the last pass.', ['detector']),
  };
  const duration = {
    collector: gauge('collector_duration_seconds', 'Time that the collector took on the last pass.', [
      'collector',
    ]),
    detector: gauge('detector_duration_seconds', 'Time that the detector took on the last pass.', [
      'detector',
    ]),
  };
  const cpu = counter('collector_cpu_seconds_total', 'CPU time of the observer process, user and system.');
  const interval = gauge(
    'pass_interval_seconds',
    'Planned time between passes of a kind: full ones, and ones that only count where full ones exceed the CPU budget.',
    ['kind'],
  );
  const passCpu = gauge('pass_cpu_seconds', 'CPU time of the last pass of a kind, user and system.', [
    'kind',
  ]);
  const source = gauge('source_active', '1 for the source that the sockets are read from.', ['source']);
  const complete = gauge(
    'snapshot_complete',
    '1 if the last pass saw all sockets of its own network namespace; 0 also while the observer is down.',
  );
  const timestamp = gauge('last_snapshot_timestamp_seconds', 'Time of the last pass, in seconds since 1970.');
  const observerUp = gauge('observer_up', '1 if the observer process delivers.');
  const restarts = counter('observer_restarts_total', 'Times that the observer process was started again.');
  const denied = gauge(
    'processes_denied',
    'Processes whose descriptors may not be read, by a capability that is missing for it; none: all are held, and it is denied. A process may miss several.',
    ['capability'],
  );
  const alertsBy = gauge('alerts', 'Alerts by name and state.', ['alertname', 'state']);
  gauge('build_info', 'A constant 1 with the version of Halfclose and of Node.js.', [
    'version',
    'nodeversion',
  ]).set({ version, nodeversion: process.version }, 1);

  return (newest, isUp, observerRestarts, alerts) => {
    for (const metric of [up.collector, up.detector, duration.collector, duration.detector]) withhold(metric);
    for (const metric of [cpu, timestamp, restarts, alertsBy, interval, passCpu, source, denied])
      withhold(metric);
    observerUp.set(isUp ? 1 : 0);
    restarts.inc(observerRestarts);
    complete.set(isUp && newest?.complete ? 1 : 0);
    for (const kind of UNIT_KINDS) {
      for (const unit of newest?.units ?? []) {
        if (unit.kind !== kind) continue;
        const name = labelValue(unit.name);
        up[kind].labels(name).set(isUp && unit.ok ? 1 : 0);
        if (isUp) duration[kind].labels(name).set(unit.durationSeconds);
      }
    }
    if (newest) timestamp.set(newest.at / 1000);
    if (newest && isUp) {
      cpu.inc(newest.cost.cpuSecondsTotal);
      source.labels(newest.source.name).set(1);
      denied.set({ capability: 'none' }, newest.ownership.processesDeniedAlthoughHeld);
      for (const capability of OWNER_CAPABILITIES) denied.set({ capability }, 0);
      for (const { capability, processes } of newest.ownership.missingCapabilities) {
        denied.set({ capability }, processes);
      }
      for (const kind of PASS_KINDS) {
        const pass = newest.passes[kind];
        if (!pass) continue;
        interval.labels(kind).set(pass.intervalSeconds);
        passCpu.labels(kind).set(pass.cpuSeconds);
      }
    }
    for (const alertname of DETECTOR_NAMES) {
      // Resolved ones are kept for the page only; how many is no measure of anything.
      for (const state of ['pending', 'firing']) alertsBy.set({ alertname, state }, 0);
    }
    for (const { alertname, state } of alerts) {
      if (state !== 'resolved') alertsBy.inc({ alertname, state });
    }
  };
}
