import { SEVERITIES } from '../model/finding.ts';
import type { SummaryAnswer } from '../model/api.ts';
import type { ObserverStatus } from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import type { StorageStatus } from '../model/storage.ts';

/** How fresh an answer made from an Observation is. */
export function freshnessOf(
  observation: Observation,
  status: Pick<ObserverStatus, 'state' | 'observationAgeSeconds'>,
) {
  return {
    at: new Date(observation.at).toISOString(),
    stale: status.state !== 'up',
    observationAgeSeconds: status.observationAgeSeconds ?? 0,
  };
}

/** The newest Observation without the lists that have routes of their own. */
export function summaryOf(
  observation: Observation,
  status: ObserverStatus,
  storage: StorageStatus,
): SummaryAnswer {
  const { findings, source } = observation;
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  return {
    ...freshnessOf(observation, status),
    source: source.name,
    sourceReason: source.why,
    complete: observation.complete,
    intervalSeconds: observation.intervalSeconds,
    kind: observation.kind,
    fullAt: new Date(observation.fullAt).toISOString(),
    passes: observation.passes,
    watchedSeconds: observation.watchedSeconds,
    gapSeconds: observation.gapSeconds,
    observer: { state: status.state, reason: status.reason, restarts: status.restarts },
    storage: {
      state: storage.state,
      reason: storage.reason,
      bytes: storage.bytes,
      setAside: [...storage.setAside],
    },
    sockets: observation.sockets,
    oldest: observation.oldest,
    rates: observation.rates,
    flows: [...observation.flows],
    findings: Object.fromEntries(
      SEVERITIES.map((severity) => [severity, count(severity)]),
    ) as SummaryAnswer['findings'],
    undecided: [...observation.undecided],
    undecidedNamespaces: [...observation.undecidedNamespaces],
    namespaces: observation.namespacesTotal,
    processes: [...observation.processes],
    otherProcesses: observation.otherProcesses,
    ownership: {
      ...observation.ownership,
      missingCapabilities: [...observation.ownership.missingCapabilities],
    },
    units: [...observation.units],
    limits: observation.limits,
    sockstat: observation.sockstat,
    conntrackEntries: observation.conntrackEntries,
    cost: observation.cost,
  };
}
