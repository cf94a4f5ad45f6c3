import { DETECTOR_NAMES, SEVERITIES } from '../model/finding.ts';
import type { Observation, ProcessSockets } from '../model/observation.ts';
import { seriesName, type SeriesLabels } from '../model/series-name.ts';
import { STATES, stateLabel, type State } from '../model/state.ts';
import type { Sample } from '../model/storage.ts';

/** Those with the longest accept queue, the fullest destinations, the largest groups, the worst findings: the rest would be names without end. */
const MAX_LISTENERS = 100;
const MAX_DESTINATIONS = 10;
const MAX_GROUPS = 20;
const MAX_FINDINGS = 50;

type Put = (name: string, labels: SeriesLabels, value: number | null | undefined) => void;

/**
 * Makes Samples of Observations. It remembers which transitions there ever were, at most one for each pair of states: those
 * that do not happen now are 0 then.
 */
export function createSampler(): (observation: Observation) => Sample {
  const flowsSeen = new Map<string, SeriesLabels>();

  return (observation) => {
    const values = new Map<string, number>();
    const put: Put = (name, labels, value) => {
      if (value !== null && value !== undefined) values.set(seriesName(name, labels), value);
    };
    putCounts(observation, put);
    // All else is that of the last full pass, and was recorded then.
    if (observation.kind === 'full') {
      for (const { from, to } of observation.flows) flowsSeen.set(`${from} ${to}`, flowLabels(from, to));
      for (const labels of flowsSeen.values()) put(FLOWS, labels, 0);
      for (const { from, to, perSecond } of observation.flows) put(FLOWS, flowLabels(from, to), perSecond);
      putAges(observation, put);
      putFindings(observation, put);
      putPorts(observation, put);
      putListeners(observation, put);
      putProcesses(observation, put);
    }
    return { at: observation.at, values };
  };
}

function putCounts({ sockets, rates, sockstat }: Observation, put: Put): void {
  for (const state of STATES) {
    put('tcp_sockets', { state: stateLabel(state) }, sockets.byState[state]);
    for (const family of ['ipv4', 'ipv6'] as const) {
      const count = sockets.byStateFamily[family][state];
      put('tcp_sockets_by_family', { family, state: stateLabel(state) }, count);
    }
  }
  put('tcp_active_opens_per_second', {}, rates?.activeOpens);
  put('tcp_passive_opens_per_second', {}, rates?.passiveOpens);
  put('tcp_attempt_fails_per_second', {}, rates?.attemptFails);
  put('tcp_established_resets_per_second', {}, rates?.estabResets);
  put('tcp_listen_overflows_per_second', {}, rates?.listenOverflows);
  put('tcp_time_wait_overflows_per_second', {}, rates?.timeWaitOverflows);
  put('tcp_orphans', {}, sockstat?.orphans);
  put('tcp_memory_pages', {}, sockstat?.memoryPages);
}

const FLOWS = 'tcp_state_transitions_per_second';

function flowLabels(from: State | null, to: State | null): SeriesLabels {
  const word = (state: State | null) => (state === null ? 'none' : stateLabel(state));
  return { from: word(from), to: word(to) };
}

function putAges({ oldest }: Observation, put: Put): void {
  for (const state of STATES) {
    put('tcp_oldest_socket_age_seconds', { state: stateLabel(state) }, oldest[state]?.seconds);
  }
}

function putFindings({ findings }: Observation, put: Put): void {
  for (const detector of DETECTOR_NAMES) {
    for (const severity of SEVERITIES) {
      const those = findings.filter((each) => each.detector === detector && each.severity === severity);
      put('findings', { detector, severity }, those.length);
    }
  }
  // The most severe come first.
  for (const { fingerprint, count, forecast } of findings.slice(0, MAX_FINDINGS)) {
    put('finding_sockets', { fingerprint }, count);
    put('finding_limit_used', { fingerprint }, forecast?.used);
  }
}

function putPorts({ ports }: Observation, put: Put): void {
  const ratios = ports.map(({ used, usable }) => (usable ? used / usable : 0));
  put('ephemeral_ports_used_ratio', {}, Math.max(0, ...ratios));
  for (const { netns, localAddress, remoteAddress, remotePort, used, timeWait } of ports.slice(
    0,
    MAX_DESTINATIONS,
  )) {
    const labels = { netns, local: localAddress, remote: remoteAddress, port: remotePort };
    put('ephemeral_ports_used', labels, used);
    put('ephemeral_ports_time_wait', labels, timeWait);
  }
}

/** Several at one port of one program (SO_REUSEPORT, or one for each family) are told by the one with the longest queue. */
function putListeners({ listeners }: Observation, put: Put): void {
  const told = new Set<string>();
  const longestFirst = [...listeners].sort((a, b) => b.acceptQueue - a.acceptQueue || a.port - b.port);
  for (const { netns, port, process, acceptQueue, acceptQueueMax } of longestFirst) {
    const labels = { netns, port, process: process?.name ?? '' };
    const key = JSON.stringify(labels);
    if (told.has(key)) continue;
    if (told.add(key).size > MAX_LISTENERS) return;
    put('listener_accept_queue', labels, acceptQueue);
    put('listener_accept_queue_max', labels, acceptQueueMax);
  }
}

function putProcesses({ processes }: Observation, put: Put): void {
  const groups = new Map<string, { labels: SeriesLabels; count: number }>();
  for (const { name, byState } of processes) {
    for (const state of STATES) {
      if (byState[state] === 0) continue;
      const labels = { process: name, state: stateLabel(state) };
      const key = JSON.stringify(labels);
      groups.set(key, { labels, count: (groups.get(key)?.count ?? 0) + byState[state] });
    }
  }
  const largest = [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MAX_GROUPS);
  for (const { labels, count } of largest) put('process_tcp_sockets', labels, count);

  const ratioOf = ({ descriptors, descriptorLimit }: ProcessSockets) =>
    descriptors === null || !descriptorLimit ? -1 : descriptors / descriptorLimit;
  const worst = processes.toSorted((a, b) => ratioOf(b) - ratioOf(a))[0];
  if (!worst || ratioOf(worst) < 0) return;
  put('process_descriptors_used_ratio', {}, ratioOf(worst));
  put('process_open_descriptors', { process: worst.name }, worst.descriptors);
  const { descriptorLimit } = worst;
  put(
    'process_max_descriptors',
    { process: worst.name },
    Number.isFinite(descriptorLimit) ? descriptorLimit : null,
  );
}
