import {
  MAX_LISTENERS,
  MAX_PORTS,
  MAX_PROCESSES,
  type Age,
  type ListenerSummary,
  type Observation,
  type OpenRates,
  type Ownership,
  type PortUse,
  type ProcessSockets,
  type SocketCounts,
} from '../model/observation.ts';
import {
  OWNER_GAPS,
  usablePorts,
  type Counters,
  type OwnerGap,
  type Process,
  type View,
} from '../model/snapshot.ts';
import { KERNEL_STATE_SLOTS, STATES, stateOfKernel, zeroByState, type State } from '../model/state.ts';

/** What an Observation says of a view. Flows, findings and the health of units come from elsewhere. */
export type Summary = Pick<
  Observation,
  | 'sockets'
  | 'oldest'
  | 'rates'
  | 'processes'
  | 'otherProcesses'
  | 'listeners'
  | 'ports'
  | 'ownership'
  | 'limits'
  | 'sockstat'
  | 'conntrackEntries'
>;

/** `access`: what the walk of descriptors was refused. Only sockets with a known process count in `processes`. */
export function summarize(view: View, access: Omit<Ownership, 'sockets'>): Summary {
  const { table } = view.sockets;
  const byFamily = [new Uint32Array(KERNEL_STATE_SLOTS), new Uint32Array(KERNEL_STATE_SLOTS)] as const;
  const oldestRow = new Int32Array(KERNEL_STATE_SLOTS).fill(-1);
  const byProcess = new Uint32Array(view.processes.length * KERNEL_STATE_SLOTS);
  const byGap = new Uint32Array(OWNER_GAPS.length);
  const { ageSeconds, owner, ownerGap } = view.sockets;
  for (let row = 0; row < table.count; row++) {
    const state = table.state[row]!;
    byFamily[table.family[row] === 6 ? 1 : 0][state]!++;
    const oldest = oldestRow[state]!;
    if (oldest < 0 || ageSeconds[row]! > ageSeconds[oldest]!) oldestRow[state] = row;
    if (owner[row]! >= 0) byProcess[owner[row]! * KERNEL_STATE_SLOTS + state]!++;
    byGap[ownerGap[row]!]!++;
  }
  return {
    sockets: countsOf(byFamily[0], byFamily[1]),
    oldest: oldestOf(view, oldestRow),
    rates: ratesOf(view.counterDeltas, view.elapsedSeconds),
    ...processesOf(view, byProcess),
    listeners: listenersOf(view),
    ports: portsOf(view),
    ownership: {
      ...access,
      sockets: Object.fromEntries(OWNER_GAPS.map((gap, i) => [gap, byGap[i]!])) as Record<OwnerGap, number>,
    },
    limits: view.limits,
    sockstat: sockstatOf(view.counters),
    conntrackEntries: view.counters['conntrack.count'] ?? null,
  };
}

function statesOf(counts: Uint32Array, at = 0): Record<State, number> {
  const byState = zeroByState();
  for (let state = 1; state < KERNEL_STATE_SLOTS; state++) {
    const name = stateOfKernel(state);
    if (name !== undefined) byState[name] = counts[at + state]!;
  }
  return byState;
}

export function countsOf(ipv4: Uint32Array, ipv6: Uint32Array): SocketCounts {
  const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
  const byFamily = { ipv4: sum(ipv4), ipv6: sum(ipv6) };
  return {
    total: byFamily.ipv4 + byFamily.ipv6,
    byState: statesOf(ipv4.map((count, state) => count + ipv6[state]!)),
    byFamily,
    byStateFamily: { ipv4: statesOf(ipv4), ipv6: statesOf(ipv6) },
  };
}

function oldestOf(view: View, rows: Int32Array): Record<State, Age | null> {
  const { ageSeconds, ageExact } = view.sockets;
  const oldest = Object.fromEntries(STATES.map((state) => [state, null])) as Record<State, Age | null>;
  for (const [state, row] of rows.entries()) {
    const name = stateOfKernel(state);
    if (name !== undefined && row >= 0) {
      oldest[name] = { seconds: ageSeconds[row]!, exact: ageExact[row] === 1 };
    }
  }
  return oldest;
}

/** `counterDeltas`: increases over `elapsedSeconds`; null where there was nothing before. */
export function ratesOf(counterDeltas: Counters, elapsedSeconds: number): OpenRates | null {
  if (elapsedSeconds <= 0) return null;
  const rate = (name: string) => (counterDeltas[name] ?? 0) / elapsedSeconds;
  return {
    activeOpens: rate('Tcp.ActiveOpens'),
    passiveOpens: rate('Tcp.PassiveOpens'),
    attemptFails: rate('Tcp.AttemptFails'),
    estabResets: rate('Tcp.EstabResets'),
    listenOverflows: rate('TcpExt.ListenOverflows'),
    timeWaitOverflows: rate('TcpExt.TCPTimeWaitOverflow'),
  };
}

function processesOf(
  view: View,
  byProcess: Uint32Array,
): { processes: ProcessSockets[]; otherProcesses: Record<State, number> } {
  const totals = view.processes.map((_, i) =>
    byProcess.subarray(i * KERNEL_STATE_SLOTS, (i + 1) * KERNEL_STATE_SLOTS).reduce((a, b) => a + b, 0),
  );
  const order = [...totals.keys()]
    .filter((i) => totals[i]! > 0)
    .sort((a, b) => totals[b]! - totals[a]! || a - b);
  const others = new Uint32Array(KERNEL_STATE_SLOTS);
  for (const i of order.slice(MAX_PROCESSES)) {
    for (let state = 0; state < KERNEL_STATE_SLOTS; state++) {
      others[state]! += byProcess[i * KERNEL_STATE_SLOTS + state]!;
    }
  }
  return {
    processes: order.slice(0, MAX_PROCESSES).map((i) => {
      const { pid, name, unit, container, pod, descriptors, descriptorLimit } = view.processes[i]!;
      return {
        pid,
        name,
        unit,
        container,
        pod,
        descriptors,
        descriptorLimit,
        byState: statesOf(byProcess, i * KERNEL_STATE_SLOTS),
      };
    }),
    otherProcesses: statesOf(others),
  };
}

/** Those with the longest accept queue first, then by port. */
export const byAcceptQueue = (a: Listening, b: Listening) => b.acceptQueue - a.acceptQueue || a.port - b.port;
type Listening = Pick<ListenerSummary, 'acceptQueue' | 'port'>;

function listenersOf(view: View): ListenerSummary[] {
  return [...view.listeners]
    .sort(byAcceptQueue)
    .slice(0, MAX_LISTENERS)
    .map(({ address, port, owner, acceptQueue, acceptQueueMax }) => {
      const process = view.processes[owner];
      return {
        netns: view.namespace,
        address,
        port,
        process: process ? nameOf(process) : null,
        acceptQueue,
        acceptQueueMax,
      };
    });
}

function nameOf({ pid, name, unit, container }: Process): ListenerSummary['process'] {
  return { pid, name, unit, container };
}

function portsOf(view: View): PortUse[] {
  const usable = usablePorts(view.limits);
  return view.destinations
    .slice(0, MAX_PORTS)
    .map(({ localAddress, remoteAddress, remotePort, used, timeWait }) => ({
      netns: view.namespace,
      localAddress,
      remoteAddress,
      remotePort,
      used,
      timeWait,
      usable,
    }));
}

export function sockstatOf(counters: Counters): Observation['sockstat'] {
  const orphans = counters['sockstat.TCP.orphan'];
  const memoryPages = counters['sockstat.TCP.mem'];
  return orphans === undefined || memoryPages === undefined ? null : { orphans, memoryPages };
}
