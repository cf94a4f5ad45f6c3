import { Gauge, type Registry } from 'prom-client';
import { DETECTOR_NAMES, SEVERITIES } from '../model/finding.ts';
import type { ListenerSummary, Observation, ProcessSockets } from '../model/observation.ts';
import { STATES, stateLabel, zeroByState, type State } from '../model/state.ts';
import { withhold } from './gauge.ts';
import { labelValue } from './label.ts';

/** Series of accept queues; the fullest are kept, the rest is summed up as `other`. */
const MAX_LISTENER_SERIES = 100;
const OTHER = 'other';

/**
 * What the newest Observation says of the sockets; nothing at all for null. Where it is not complete its counts are withheld,
 * since half a table looks like a fall; the findings stand.
 */
export function createSocketMetrics(registry: Registry): (observation: Observation | null) => void {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `halfclose_${name}`, help, labelNames, registers: [registry] });
  const sockets = gauge('tcp_sockets', 'TCP sockets by state and address family.', ['state', 'family']);
  const oldest = gauge(
    'tcp_oldest_socket_age_seconds',
    'Time that the oldest socket of a state has been in it, or at least: since it was first seen. 0 without sockets.',
    ['state'],
  );
  const byProcess = gauge(
    'process_tcp_sockets',
    'TCP sockets of processes, summed by name; of those beyond the top 50 as other. Sockets without a known process are not in it.',
    ['process', 'state'],
  );
  const acceptQueue = gauge(
    'listener_accept_queue',
    'Connections waiting for accept() by listening port and process.',
    ['port', 'process'],
  );
  const acceptQueueMax = gauge(
    'listener_accept_queue_max',
    'Connections that may wait for accept(), where the kernel tells.',
    ['port', 'process'],
  );
  const portsUsed = gauge(
    'ephemeral_ports_used_ratio',
    'Local ports in use to the fullest destination, of those that the ephemeral range has.',
    [],
  );
  const namespaces = gauge('network_namespaces', 'Network namespaces that are watched.', []);
  const byNamespace = gauge(
    'namespace_tcp_sockets',
    'TCP sockets by network namespace, where several are watched; of those beyond the top 50 as other.',
    ['netns', 'state'],
  );
  const findings = gauge('findings', 'Findings by detector and severity.', ['detector', 'severity']);
  const all = [
    sockets,
    oldest,
    byProcess,
    acceptQueue,
    acceptQueueMax,
    portsUsed,
    namespaces,
    byNamespace,
    findings,
  ];

  return (observation) => {
    for (const metric of all) withhold(metric);
    if (!observation) return;
    for (const detector of DETECTOR_NAMES) {
      for (const severity of SEVERITIES) findings.set({ detector, severity }, 0);
    }
    for (const { detector, severity } of observation.findings) findings.inc({ detector, severity });
    if (!observation.complete) return;
    const { byStateFamily } = observation.sockets;
    for (const state of STATES) {
      for (const family of ['ipv4', 'ipv6'] as const) {
        sockets.set({ state: stateLabel(state), family }, byStateFamily[family][state]);
      }
      oldest.set({ state: stateLabel(state) }, observation.oldest[state]?.seconds ?? 0);
    }
    for (const [process, counts] of socketsByName(observation.processes, observation.otherProcesses)) {
      for (const state of STATES) byProcess.set({ process, state: stateLabel(state) }, counts[state]);
    }
    for (const { port, process, waiting, max } of acceptQueues(observation.listeners)) {
      acceptQueue.set({ port, process }, waiting);
      if (max !== null) acceptQueueMax.set({ port, process }, max);
    }
    namespaces.set(observation.namespacesTotal);
    for (const [netns, counts] of socketsByNamespace(observation)) {
      for (const state of STATES) byNamespace.set({ netns, state: stateLabel(state) }, counts[state]);
    }
    const ratios = observation.ports.flatMap(({ used, usable }) => (usable === null ? [] : [used / usable]));
    if (observation.limits.portRange) portsUsed.set(Math.max(0, ...ratios));
  };
}

/** Every state of every name, zeros too: a rate or an alert on a state needs the series before its first socket. */
function socketsByName(
  processes: readonly ProcessSockets[],
  others: ProcessSockets['byState'],
): Map<string, Record<State, number>> {
  const byName = new Map<string, Record<State, number>>();
  for (const { name, byState } of [...processes, { name: OTHER, byState: others }]) {
    const label = labelValue(name);
    const sum = byName.get(label) ?? zeroByState();
    for (const state of STATES) sum[state] += byState[state];
    byName.set(label, sum);
  }
  return byName;
}

/**
 * Nothing for one namespace alone, which `tcp_sockets` tells, and for none that could not be read. One may be called
 * `other` like the rest.
 */
function socketsByNamespace({ namespaces, namespacesTotal, sockets }: Observation) {
  const byName = new Map<string, Record<State, number>>();
  if (namespacesTotal < 2) return byName;
  const other = { ...sockets.byState };
  const add = (label: string, byState: Readonly<Record<State, number>>) => {
    const sum = byName.get(label) ?? zeroByState();
    for (const state of STATES) sum[state] += byState[state];
    byName.set(label, sum);
  };
  for (const { name, byState, complete } of namespaces) {
    if (complete) add(labelValue(name), byState);
    for (const state of STATES) other[state] -= byState[state];
  }
  if (namespacesTotal > namespaces.length) add(OTHER, other);
  return byName;
}

interface AcceptQueue {
  readonly port: string;
  readonly process: string;
  readonly waiting: number;
  /** null where it is not known of one of the sockets. */
  readonly max: number | null;
}

/** One for each port and process: several sockets may share them, by SO_REUSEPORT or on several addresses. */
function acceptQueues(listeners: readonly ListenerSummary[]): Iterable<AcceptQueue> {
  const fullestFirst = merged(
    listeners.map(({ port, process, acceptQueue, acceptQueueMax }) => ({
      port: String(port),
      process: labelValue(process?.name ?? 'unknown'),
      waiting: acceptQueue,
      max: acceptQueueMax,
    })),
  ).sort((a, b) => b.waiting - a.waiting || Number(a.port) - Number(b.port));
  const rest = fullestFirst.slice(MAX_LISTENER_SERIES);
  const other = merged(rest.map((queue) => ({ ...queue, port: OTHER, process: OTHER })));
  return [...fullestFirst.slice(0, MAX_LISTENER_SERIES), ...other];
}

function merged(queues: readonly AcceptQueue[]): AcceptQueue[] {
  const byLabels = new Map<string, AcceptQueue>();
  for (const queue of queues) {
    const key = `${queue.port} ${queue.process}`;
    const before = byLabels.get(key);
    const max = before && before.max !== null && queue.max !== null ? before.max + queue.max : null;
    byLabels.set(key, before ? { ...before, waiting: before.waiting + queue.waiting, max } : queue);
  }
  return [...byLabels.values()];
}
