import type { TcpInfo } from '../model/api.ts';
import type { Consideration, Detection } from '../model/finding.ts';
import { quotedName } from '../model/quoted-name.ts';
import { OWNER_GAPS, type Stall, type View } from '../model/snapshot.ts';
import { stateOfKernel, type State } from '../model/state.ts';
import type { Stands } from '../model/units.ts';
import { largestHolder } from './holder.ts';
import { held } from './hold.ts';
import { filterOf } from './peers.ts';
import { givesUpAfterSeconds, timeoutsSeconds } from './retries.ts';
import { connectionsOf, stuckLabels, type Stuck, type StuckGroup } from './stuck-groups.ts';

/** A stall seen for so long is none of the moment, and the kernel's own clocks may be believed about how old it is. */
const SETTLED_SECONDS = 3;

/** tcp_retries1's default. */
const RETRIES = 3;

/** As `manyConnections` of the options. */
interface Many {
  readonly minCount: number;
  readonly minShare: number;
}

/** What a detector says of a group, beside what is the same for all of them. */
type Said<C extends string> = Pick<Detection, 'cause' | 'severity' | 'certainty'> & {
  readonly cause: C;
  readonly states: readonly State[];
  readonly evidence: Detection['evidence'];
  /** Further conditions of the filter. */
  readonly conditions?: readonly string[];
};

/** Whether a stall is one of retransmissions that the kernel itself holds for a sign of trouble. */
export function isUnacknowledged({ limits, sockets }: View, { kind, row }: Stall): boolean {
  return kind === 'unacknowledged' && sockets.table.retransmits[row]! >= (limits.retries1 ?? RETRIES);
}

/** A probe is answered within a round trip, and the count begins anew: with the second one sent, the first got no answer. */
const MIN_PROBES = 2;

/** Whether the kernel asks again and again, be it for keepalive or for a closed window, and nobody answers. */
export function isProbedInVain({ sockets }: View, { kind, row }: Stall): boolean {
  const isProbe = kind === 'keepalive_unanswered' || kind === 'zero_window';
  return isProbe && sockets.table.probes[row]! >= MIN_PROBES;
}

/**
 * How long a stall has lasted, at least: what was watched, or what the kernel's own numbers tell of the time before.
 * Retransmissions have each taken their time, keepalive begins after silence, a closed window is as old as the last data.
 */
export function stallSeconds(view: View, { kind, row, seconds }: Stall): number {
  const told = view.inspected.get(row);
  const settled = seconds >= SETTLED_SECONDS;
  if (!told) return seconds;
  switch (kind) {
    case 'unacknowledged': {
      const silent = timeoutsSeconds(view.sockets.table.retransmits[row]!, told);
      return Math.max(seconds, Math.min(silent, told.lastAckReceivedSeconds));
    }
    case 'zero_window':
      return settled ? Math.max(seconds, told.lastDataSentSeconds) : seconds;
    case 'not_read':
      return settled ? Math.max(seconds, told.lastDataReceivedSeconds) : seconds;
    case 'keepalive_unanswered':
      return Math.max(seconds, Math.min(told.lastAckReceivedSeconds, told.lastDataReceivedSeconds));
  }
}

/** The cause of most of a group; of equally many the first of `causes`. And of how many each is. */
export function causesOf<C extends string>(
  { stuck }: StuckGroup<C>,
  causes: readonly C[],
): { readonly main: C; readonly counts: Readonly<Record<C, number>> } {
  const counts = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<C, number>;
  for (const { cause } of stuck) counts[cause]++;
  return { main: causes.reduce((most, other) => (counts[other] > counts[most] ? other : most)), counts };
}

/**
 * Findings of groups. `say` gets whether a group is many: enough of them, and, of connections that came in, enough of all
 * that did; and how many there are.
 */
export function detectionsOf<C extends string>(
  view: View,
  groups: readonly StuckGroup<C>[],
  { minCount, minShare }: Many,
  stands: Stands,
  say: (group: StuckGroup<C>, isMany: boolean, connections: number) => Said<C>,
): (Detection & { cause: C })[] {
  const connections = connectionsOf(view, groups);
  return groups.map((group) => {
    const labels = stuckLabels(view, group);
    const all = connections.get(group) ?? 0;
    const share = group.role === 'server' ? minShare : 0;
    const least = held(Math.max(minCount, share * all), stands(labels));
    const { states, evidence, conditions = [], ...said } = say(group, group.stuck.length >= least, all);
    const process = view.processes[group.owner];
    const longest = longestOf(group);
    return {
      ...said,
      labels,
      count: group.stuck.length,
      oldestAgeSeconds: longest.seconds,
      ageExact: longest.exact,
      evidence: { ...evidence, connections: all, ...rawNumbers(view, group, longest) },
      rows: group.stuck.map(({ row }) => row),
      filter: filterOf(states, group, process?.pid, ...programTerm(group), ...conditions),
    };
  });
}

export function longestOf<C extends string>({ stuck }: StuckGroup<C>): Stuck<C> {
  return stuck.reduce((longest, each) => (each.seconds > longest.seconds ? each : longest));
}

/** When the kernel ends what gets no answer. */
export function kernelEnds(view: View, group: StuckGroup): Detection['evidence'] {
  const after = givesUpAfterSeconds(view.limits, group.orphaned);
  return {
    kernelEndsAfterSeconds: after,
    kernelEndsInSeconds: after === null ? null : Math.max(0, after - longestOf(group).seconds),
    ...(group.orphaned ? { orphanRetries: view.limits.orphanRetries } : { retries2: view.limits.retries2 }),
  };
}

function rawNumbers(view: View, group: StuckGroup, longest: Stuck): Detection['evidence'] {
  const { table, ownerGap } = view.sockets;
  const most = largestHolder(
    view,
    group.stuck.map(({ row }) => row),
  );
  const process = view.processes[group.owner] ?? (group.program === null ? undefined : most?.process);
  const of = { sendQueueBytes: 0, recvQueueBytes: 0, retransmits: 0, probes: 0 };
  for (const { row } of group.stuck) {
    of.sendQueueBytes += table.sendQueueBytes[row]!;
    of.recvQueueBytes += table.recvQueueBytes[row]!;
    of.retransmits = Math.max(of.retransmits, table.retransmits[row]!);
    of.probes = Math.max(of.probes, table.probes[row]!);
  }
  return {
    ...of,
    ...toldOf(view.inspected.get(longest.row)),
    ...(group.remoteAddress === '*' && { peers: group.peers }),
    ...(process?.unit && { unit: process.unit }),
    ...(process?.container && { container: process.container }),
    ...(!process && !group.orphaned && { ownerGap: OWNER_GAPS[ownerGap[longest.row]!] ?? 'not_found' }),
    ...(group.program !== null && most && { pid: most.process.pid, processSockets: most.amount }),
    ...(group.orphaned && { orphaned: true, ...listenersProcess(view, longest.row) }),
  };
}

function programTerm({ program }: StuckGroup): string[] {
  return program === null ? [] : [`process = ${quotedName(program)}`];
}

function toldOf(told: TcpInfo | undefined): Detection['evidence'] {
  return {
    backoff: told?.backoff ?? null,
    retransmissionTimeoutSeconds: told?.retransmissionTimeoutSeconds ?? null,
    lastAckReceivedSeconds: told?.lastAckReceivedSeconds ?? null,
    lastDataReceivedSeconds: told?.lastDataReceivedSeconds ?? null,
    lastDataSentSeconds: told?.lastDataSentSeconds ?? null,
  };
}

/** Who held it is not known any more; who listens where it came in mostly did. */
function listenersProcess({ sockets, listeners, processes }: View, row: number): Detection['evidence'] {
  const process = processes[listeners[sockets.listener[row]!]?.owner ?? -1];
  return process ? { process: process.name, pid: process.pid } : {};
}

/** Why groups are no finding: there are too few of them. */
export function tooFew(view: View, groups: readonly StuckGroup[], minCount: number): Consideration[] {
  return groups.map((group) => ({
    reason: 'too_few',
    labels: stuckLabels(view, group),
    measure: 'sockets',
    value: group.stuck.length,
    threshold: minCount,
    count: group.stuck.length,
    state: stateOf(view, group),
  }));
}

/** Why groups are no finding: it has not lasted. */
export function tooYoung(view: View, groups: readonly StuckGroup[], minAge: number): Consideration[] {
  return groups.map((group) => ({
    reason: 'too_young',
    labels: stuckLabels(view, group),
    measure: 'seconds',
    value: longestOf(group).seconds,
    threshold: minAge,
    count: group.stuck.length,
    state: stateOf(view, group),
  }));
}

function stateOf({ sockets }: View, { stuck }: StuckGroup): State | null {
  return stateOfKernel(sockets.table.state[stuck[0]!.row]!) ?? null;
}
