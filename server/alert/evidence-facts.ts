import { formatEndpoint } from '../model/address.ts';
import type { SocketRow } from '../model/api.ts';
import {
  MAX_EVIDENCE_LISTENERS,
  MAX_EVIDENCE_OWNERS,
  MAX_EVIDENCE_PORTS,
  type AlertEvidence,
  type EvidenceOwner,
  type EvidenceSocket,
} from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { ListenerSummary, Observation, PortUse } from '../model/observation.ts';
import { OWN_NAMESPACE } from '../model/snapshot.ts';
import { ssCommand } from '../model/ss.ts';

type Facts = Pick<AlertEvidence, 'command' | 'listeners' | 'ports' | 'counters' | 'namespace'>;

/** What an Observation has about a finding; null: there is none yet. */
export function factsOf(observation: Observation | null, finding: Finding): Facts {
  if (!observation) {
    return {
      command: ssCommand(finding.filter),
      listeners: [],
      ports: [],
      counters: null,
      namespace: null,
    };
  }
  const { namespaces, sockets, rates, sockstat, limits } = observation;
  const netns = netnsOf(finding);
  const namespace = namespaces.find(({ name }) => name === netns && name !== OWN_NAMESPACE);
  return {
    command: ssCommand(finding.filter, (asked) => namespaces.find(({ name }) => name === asked)?.kind),
    listeners: observation.listeners
      .filter((listener) => listener.netns === netns && isMeantListener(listener, finding))
      .toSorted((a, b) => b.acceptQueue - a.acceptQueue)
      .slice(0, MAX_EVIDENCE_LISTENERS),
    ports: observation.ports
      .filter((use) => use.netns === netns && isMeantDestination(use, finding))
      .toSorted((a, b) => b.used - a.used)
      .slice(0, MAX_EVIDENCE_PORTS),
    counters: {
      at: new Date(observation.at).toISOString(),
      total: sockets.total,
      byState: sockets.byState,
      rates,
      sockstat,
      limits,
    },
    namespace: namespace
      ? {
          ...namespace,
          readAt: namespace.readAt === null ? null : new Date(namespace.readAt).toISOString(),
        }
      : null,
  };
}

/** The name of a finding's network namespace. */
export function netnsOf({ labels }: Pick<Finding, 'labels'>): string {
  return labels['netns'] ?? OWN_NAMESPACE;
}

function isMeantListener({ address, port, process }: ListenerSummary, { labels }: Finding): boolean {
  if (labels['role'] !== 'server') return false;
  // `*`: the kernel counted drops, and does not say at which.
  if (labels['port'] !== '*' && labels['port'] !== String(port)) return false;
  if (labels['local'] !== undefined && labels['local'] !== address) return false;
  return labels['pid'] === undefined || process === null || labels['pid'] === String(process.pid);
}

function isMeantDestination(
  { localAddress, remoteAddress, remotePort }: PortUse,
  { labels }: Finding,
): boolean {
  const { role, local, peer } = labels;
  if (role !== 'client' || (local === undefined && peer === undefined)) return false;
  if (local !== undefined && local !== localAddress) return false;
  return peer === undefined || peer === formatEndpoint(remoteAddress, remotePort);
}

/** A row without what `owners` tells once for all of them. */
export function keptSocket(row: SocketRow): EvidenceSocket {
  const { id, netns, family, state, local, remote, uid, inode, ageSeconds, ageExact, timer, tcpInfo } = row;
  const { recvQueueBytes, sendQueueBytes, process, processesTotal, processUnknown } = row;
  return {
    ...{ id, netns, family, state, local, remote, recvQueueBytes, sendQueueBytes, uid, inode },
    process: process && { pid: process.pid, name: process.name },
    ...{ processesTotal, processUnknown, ageSeconds, ageExact, timer, tcpInfo },
  };
}

/**
 * The processes that hold these sockets, those with the most first; without rows (they could not be read, or there is none)
 * the one that the finding names.
 */
export function ownersOf(
  rows: readonly SocketRow[],
  observed: Observation['processes'],
  { labels }: Finding,
): Pick<AlertEvidence, 'owners' | 'ownersTotal'> {
  const known = new Map(observed.map((process) => [process.pid, process]));
  const owners = new Map<number, EvidenceOwner>();
  const add = (process: Omit<EvidenceOwner, 'sockets' | 'descriptors' | 'descriptorLimit' | 'byState'>) => {
    const { pid, name, unit, container, pod } = process;
    const { descriptors = null, descriptorLimit = null, byState = null } = known.get(pid) ?? {};
    const sockets = (owners.get(pid)?.sockets ?? 0) + 1;
    owners.set(pid, {
      ...{ pid, name, unit, container, pod, sockets, descriptors, byState },
      descriptorLimit: Number.isFinite(descriptorLimit) ? descriptorLimit : null,
    });
  };
  for (const { processes } of rows) for (const process of processes) add(process);
  const named = known.get(Number(labels['pid']));
  if (owners.size === 0 && named) {
    add(named);
    owners.set(named.pid, { ...owners.get(named.pid)!, sockets: 0 });
  }
  return {
    owners: [...owners.values()].sort((a, b) => b.sockets - a.sockets).slice(0, MAX_EVIDENCE_OWNERS),
    ownersTotal: owners.size,
  };
}
