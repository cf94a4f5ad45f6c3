import type { TcpInfo } from '../../server/model/api.ts';
import { parseAddress } from '../../server/model/address.ts';
import {
  OWN_NAMESPACE,
  OWNER_GAPS,
  type KernelLimits,
  type OwnerGap,
  type Process,
} from '../../server/model/snapshot.ts';
import { SocketTable, TIMER, type TimerKind } from '../../server/model/socket-table.ts';
import { KERNEL_STATE, type State } from '../../server/model/state.ts';
import { createTracker, type Pass, type PassInput } from '../../server/track/tracker.ts';

/** One socket as a test writes it; what is left out is that of a quiet connection of 10.0.0.2 to 10.0.0.1:5432. */
export interface Row {
  readonly state?: State;
  readonly family?: 4 | 6;
  readonly local?: string;
  readonly localPort?: number;
  readonly remote?: string;
  readonly remotePort?: number;
  readonly inode?: number;
  readonly cookie?: number;
  readonly recvQueueBytes?: number;
  readonly sendQueueBytes?: number;
  readonly timer?: TimerKind;
  readonly timerExpiresMs?: number;
  readonly retransmits?: number;
  readonly probes?: number;
  readonly uid?: number;
  /** Index into the pass's processes; the first where there is an inode. */
  readonly owner?: number;
  /** All that hold it, where there are several. */
  readonly holders?: readonly number[];
  readonly ownerGap?: OwnerGap;
}

/** Linux's defaults, as far as tests need them. */
export const LIMITS: KernelLimits = {
  portRange: { low: 32768, high: 60999 },
  reservedPorts: 0,
  maxTimeWait: null,
  finTimeoutSeconds: 60,
  timeWaitReuse: 2,
  maxOrphans: null,
  maxSynBacklog: null,
  synCookies: 1,
  somaxconn: null,
  memoryPages: null,
  maxConntrack: null,
  retries1: 3,
  retries2: 15,
  orphanRetries: 0,
  synRetries: 6,
  synLinearTimeouts: 4,
  keepalive: { timeSeconds: 7200, intervalSeconds: 75, probes: 9 },
  receiveBufferBytes: 131_072,
};

export function process(over: Partial<Process> = {}): Process {
  return {
    pid: 100,
    startTimeTicks: 1,
    name: 'app',
    uid: 0,
    descriptors: 20,
    descriptorLimit: 1024,
    unit: null,
    container: null,
    pod: null,
    ...over,
  };
}

export function listen(port: number, over: Row = {}): Row {
  return {
    state: 'LISTEN',
    local: '0.0.0.0',
    localPort: port,
    remote: '0.0.0.0',
    remotePort: 0,
    inode: port,
    ...over,
  };
}

function tableOf(rows: readonly Row[]): SocketTable {
  const table = new SocketTable(rows.length);
  table.count = rows.length;
  for (const [i, row] of rows.entries()) {
    const state = row.state ?? 'ESTABLISHED';
    table.family[i] = row.family ?? 4;
    table.state[i] = KERNEL_STATE[state];
    table.localAddress.set(words(row.local ?? '10.0.0.2'), i * 4);
    table.remoteAddress.set(words(row.remote ?? '10.0.0.1'), i * 4);
    table.localPort[i] = row.localPort ?? 40000;
    table.remotePort[i] = row.remotePort ?? 5432;
    table.inode[i] = row.inode ?? (state === 'TIME_WAIT' ? 0 : 1000 + (row.localPort ?? 40000));
    table.cookie[i] = row.cookie ?? 0;
    table.recvQueueBytes[i] = row.recvQueueBytes ?? 0;
    table.sendQueueBytes[i] = row.sendQueueBytes ?? 0;
    table.timer[i] = TIMER[row.timer ?? (state === 'TIME_WAIT' ? 'time_wait' : 'none')];
    table.timerExpiresMs[i] = row.timerExpiresMs ?? (state === 'TIME_WAIT' ? 60_000 : 0);
    table.retransmits[i] = row.retransmits ?? 0;
    table.probes[i] = row.probes ?? 0;
    table.uid[i] = row.uid ?? 0;
  }
  return table;
}

function words(address: string): readonly number[] {
  const parsed = parseAddress(address);
  if (!parsed) throw new Error(`no address: ${address}`);
  return parsed;
}

/** What the kernel tells of a quiet connection, an hour old. */
export function told(over: Partial<TcpInfo> = {}): TcpInfo {
  return {
    rttSeconds: 0.001,
    rttVarianceSeconds: 0,
    minRttSeconds: null,
    retransmissionTimeoutSeconds: 0.2,
    backoff: 0,
    congestionControl: 'cubic',
    congestionWindowSegments: 10,
    sendMssBytes: 1448,
    unackedSegments: 0,
    sackedSegments: 0,
    lostSegments: 0,
    retransmissionsTotal: 0,
    lastDataSentSeconds: 3600,
    lastDataReceivedSeconds: 3600,
    lastAckReceivedSeconds: 3600,
    bytesAcked: 1,
    bytesReceived: 0,
    notSentBytes: 0,
    memory: null,
    cgroupId: null,
    mark: null,
    ...over,
  };
}

/** A tracker with a clock of its own: each pass is one second after the one before, unless it says otherwise. */
export function watch(interval = 1, namespace: string = OWN_NAMESPACE, ids = { last: 0 }) {
  const tracker = createTracker(ids);
  let now = 1000;
  return {
    pass(
      rows: readonly Row[],
      over: Partial<PassInput> & { after?: number; processes?: readonly Process[] } = {},
    ): Pass {
      const { after = interval, processes = [process()], ...input } = over;
      now += after;
      const holderSets = rows.map((row) => (row.ownerGap ? [] : (row.holders ?? [row.owner ?? 0])));
      const holders = Int32Array.from(holderSets, (set, i) => (set.length > 0 ? i : -1));
      const owner = Int32Array.from(holderSets, ([first]) => first ?? -1);
      const ownerGap = Uint8Array.from(rows, (row) => OWNER_GAPS.indexOf(row.ownerGap ?? 'none'));
      return tracker.update({
        namespace,
        table: tableOf(rows),
        source: 'proc',
        complete: true,
        owners: { owner, ownerGap, holders, holderSets, processes },
        limits: LIMITS,
        counters: {},
        monotonicSeconds: now,
        intervalSeconds: interval,
        ...input,
      });
    },
  };
}

/** What a pass says of one row. */
export function sightOf({ view }: Pass, row = 0) {
  const { id, ageSeconds, ageExact } = view.sockets;
  return { id: id[row]!, ageSeconds: ageSeconds[row]!, exact: ageExact[row] === 1 };
}
