import {
  MAX_LISTENERS,
  MAX_PORTS,
  MAX_PROCESSES,
  type Age,
  type Flow,
  type OpenRates,
  type PortUse,
  type ProcessSockets,
  type SocketCounts,
} from '../model/observation.ts';
import { OWNER_GAPS, type OwnerGap } from '../model/snapshot.ts';
import { STATES, type State } from '../model/state.ts';
import { byAcceptQueue, type Summary } from './summary.ts';

/** What was last said of one network namespace. */
export type Part = Summary & { readonly flows: readonly Flow[] };

/**
 * What is said of all network namespaces together. `own` is the observer's: limits, sockstat and
 * conntrackEntries are its, since limits and tracked connections differ, and of sockstat the kernel counts orphans and memory
 * for all namespaces at once, wherever it is read.
 */
export function combine(own: Part, others: readonly Part[]): Part {
  if (others.length === 0) return own;
  const all = [own, ...others];
  return {
    sockets: all.map(({ sockets }) => sockets).reduce(countsTogether),
    oldest: stateRecord((state) => all.map(({ oldest }) => oldest[state]).reduce(older)),
    rates: all.map(({ rates }) => rates).reduce(ratesTogether),
    flows: flowsTogether(all.flatMap(({ flows }) => flows)),
    ...processesTogether(all),
    listeners: all
      .flatMap(({ listeners }) => listeners)
      .sort(byAcceptQueue)
      .slice(0, MAX_LISTENERS),
    ports: all
      .flatMap(({ ports }) => ports)
      .sort((a, b) => fullness(b) - fullness(a) || b.used - a.used)
      .slice(0, MAX_PORTS),
    ownership: {
      ...own.ownership,
      sockets: sums(
        OWNER_GAPS,
        all.map(({ ownership }) => ownership.sockets),
      ) as Record<OwnerGap, number>,
    },
    limits: own.limits,
    sockstat: own.sockstat,
    conntrackEntries: own.conntrackEntries,
  };
}

function stateRecord<T>(of: (state: State) => T): Record<State, T> {
  return Object.fromEntries(STATES.map((state) => [state, of(state)])) as Record<State, T>;
}

function sums<K extends string>(
  keys: readonly K[],
  records: readonly Readonly<Record<K, number>>[],
): Record<K, number> {
  const sum = (key: K) => records.reduce((total, record) => total + record[key], 0);
  return Object.fromEntries(keys.map((key) => [key, sum(key)])) as Record<K, number>;
}

function countsTogether(a: SocketCounts, b: SocketCounts): SocketCounts {
  return {
    total: a.total + b.total,
    byState: sums(STATES, [a.byState, b.byState]),
    byFamily: sums(['ipv4', 'ipv6'], [a.byFamily, b.byFamily]),
    byStateFamily: {
      ipv4: sums(STATES, [a.byStateFamily.ipv4, b.byStateFamily.ipv4]),
      ipv6: sums(STATES, [a.byStateFamily.ipv6, b.byStateFamily.ipv6]),
    },
  };
}

function older(a: Age | null, b: Age | null): Age | null {
  if (a === null || b === null) return a ?? b;
  return b.seconds > a.seconds ? b : a;
}

/** Of those that are known: a namespace that was read once has none yet. */
function ratesTogether(a: OpenRates | null, b: OpenRates | null): OpenRates | null {
  if (a === null || b === null) return a ?? b;
  return sums(Object.keys(a) as (keyof OpenRates)[], [a, b]);
}

function flowsTogether(flows: readonly Flow[]): Flow[] {
  const byStep = new Map<string, Flow>();
  for (const flow of flows) {
    const step = `${flow.from} ${flow.to}`;
    const before = byStep.get(step)?.perSecond ?? 0;
    byStep.set(step, { ...flow, perSecond: before + flow.perSecond });
  }
  return [...byStep.values()];
}

/** A process may hold sockets of several namespaces. Of those that are not listed for one, the share there is in the others'. */
function processesTogether(all: readonly Part[]): Pick<Part, 'processes' | 'otherProcesses'> {
  const byPid = new Map<number, ProcessSockets>();
  for (const process of all.flatMap(({ processes }) => processes)) {
    const before = byPid.get(process.pid);
    byPid.set(
      process.pid,
      before ? { ...process, byState: sums(STATES, [before.byState, process.byState]) } : process,
    );
  }
  const largest = [...byPid.values()]
    .map((process) => ({ process, sockets: STATES.reduce((sum, state) => sum + process.byState[state], 0) }))
    .sort((a, b) => b.sockets - a.sockets || a.process.pid - b.process.pid)
    .map(({ process }) => process);
  return {
    processes: largest.slice(0, MAX_PROCESSES),
    otherProcesses: sums(STATES, [
      ...all.map(({ otherProcesses }) => otherProcesses),
      ...largest.slice(MAX_PROCESSES).map(({ byState }) => byState),
    ]),
  };
}

function fullness({ used, usable }: PortUse): number {
  return usable === null ? 0 : used / usable;
}
