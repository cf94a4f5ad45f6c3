import type { TcpInfo } from './api.ts';
import type { SocketTable } from './socket-table.ts';
import type { State } from './state.ts';

/**
 * What one pass knows of one network namespace, put together by track/ for the detectors and for queries.
 * It is valid until the next pass over that namespace begins: the columns are reused.
 */
export interface View {
  /** Name of the network namespace; OWN_NAMESPACE is the observer's own. */
  readonly namespace: string;
  readonly sockets: TrackedSockets;
  readonly rowsIn: RowsIn;
  readonly processes: readonly Process[];
  /** Processes that hold a socket together, as indices into `processes`, the longest-running first; most are of one. */
  readonly holderSets: readonly (readonly number[])[];
  readonly listeners: readonly Listener[];
  /** CLOSE_WAIT sockets by process and peer, largest first; without those whose owner is `pending`. */
  readonly closeWait: readonly PeerGroup[];
  /** All CLOSE_WAIT sockets by process, role and (for a server) listening port, over all peers; `remoteAddress` is `*`. */
  readonly closeWaitTotals: readonly PeerGroup[];
  /** Client-side port use by destination, fullest first. */
  readonly destinations: readonly Destination[];
  /** TIME_WAIT on the serving side, by listening port, largest first. */
  readonly servedTimeWait: readonly ServedTimeWait[];
  readonly limits: KernelLimits;
  readonly counters: Counters;
  /** Increase of each counter since the pass before, over `elapsedSeconds`; empty on the first pass. */
  readonly counterDeltas: Counters;
  readonly elapsedSeconds: number;
  /** How much the counters rose over about the last half minute: a rate that one burst does not make. */
  readonly recent: CounterWindow;
  /** Connections that make no progress; not of the states that only time ends. */
  readonly stalls: readonly Stall[];
  /** The course of each process's open descriptors, by index into `processes`; of those that use much of their limit. */
  readonly descriptorTrends: ReadonlyMap<number, Trend>;
  /** What the kernel told of single sockets on this pass, by row: of the longest stalls, and of some idle connections. */
  readonly inspected: ReadonlyMap<number, TcpInfo>;
  /** The states that a socket, by its id, was in before its present one, and that are remembered; the first one first. */
  readonly statesBefore: (id: number) => readonly PastState[];
  /** The clock that `PastState` and ages are told by, when the view was made. */
  readonly monotonicSeconds: number;
}

export interface PastState {
  /** Kernel state number. */
  readonly state: number;
  readonly sinceSeconds: number;
  /** False: it was in it at first sight. */
  readonly exact: boolean;
}

/** The rows in a state, ascending. For ESTABLISHED, which mostly are nearly all, one looks through all. */
export type RowsIn = (state: Exclude<State, 'ESTABLISHED'>) => Int32Array;

export interface CounterWindow {
  readonly seconds: number;
  /** By the names of Counters; a counter that did not rise is absent. */
  readonly increases: Counters;
}

/**
 * Why a connection makes no progress. `unacknowledged`: what was sent is sent again and again. `zero_window`: the peer
 * takes no more, and is asked now and then whether it does. `keepalive_unanswered`: keepalive probes get no answer.
 * `not_read`: in ESTABLISHED, bytes wait for our side's program, and none was read since.
 */
export type StallKind = 'unacknowledged' | 'zero_window' | 'keepalive_unanswered' | 'not_read';

export interface Stall {
  readonly row: number;
  readonly kind: StallKind;
  /** Since first sight: a lower bound. */
  readonly seconds: number;
}

/** What people see as "this host": the network namespace that the observer runs in. */
export const OWN_NAMESPACE = 'host';

/** The rows of a pass with what tracking adds; all columns are indexed by row. */
interface TrackedSockets {
  readonly table: SocketTable;
  /** Stable over a socket's life within one life of the observer. */
  readonly id: Float64Array;
  readonly ageSeconds: Float64Array;
  /** 1: seen entering the state (exact to one interval) or told by the kernel's timer. 0: a lower bound, counted from first sight. */
  readonly ageExact: Uint8Array;
  /** Index into `View.processes`, or -1; see `ownerGap`. A socket that waits in an accept queue belongs to its listener. */
  readonly owner: Int32Array;
  /** Why `owner` is -1, or is only the listener's: an index into OWNER_GAPS. */
  readonly ownerGap: Uint8Array;
  /** Index into `View.holderSets` of all that hold it, `owner` being the first; -1 where that is -1. */
  readonly holders: Int32Array;
  /** Index into `View.listeners` of the listener that a connection came in by (local port and address match), or -1. */
  readonly listener: Int32Array;
  /** 1: it came in by a listener, even if that is gone by now. */
  readonly served: Uint8Array;
}

/**
 * Why a socket has no known process. `none`: it has one. `kernel`: no process can have it (TIME_WAIT, request
 * socket, orphan). `accept_queue`: not accepted yet, so no
 * process holds it by a descriptor; its listener's is its owner. `permission`: descriptors of some
 * processes may not be read. `not_found`: all were read, none holds it (another pid namespace, or it was just passed on).
 * `pending`: not walked yet; so of a socket in an accept queue while its listener's process is looked for.
 */
export const OWNER_GAPS = ['none', 'kernel', 'accept_queue', 'permission', 'not_found', 'pending'] as const;
export type OwnerGap = (typeof OWNER_GAPS)[number];

/** A process is a pid and its start time: pids are reused. */
export interface Process {
  readonly pid: number;
  /** Clock ticks after boot: field 22 of /proc/PID/stat. */
  readonly startTimeTicks: number;
  /** `comm`, made safe to print; hostile input at its source. */
  readonly name: string;
  readonly uid: number;
  /** Open descriptors, of any kind; null where they may not be counted. */
  descriptors: number | null;
  /** Soft RLIMIT_NOFILE; null where it may not be read, Infinity where unlimited. */
  descriptorLimit: number | null;
  /** The systemd service or scope that it runs in, e.g. `nginx.service`; null where none is known. So of the next two. */
  readonly unit: string | null;
  /** Id of its container, 64 hexadecimal digits; of LXC the name. */
  readonly container: string | null;
  /** Uid of its Kubernetes pod. */
  readonly pod: string | null;
}

export interface Listener {
  readonly row: number;
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  /** Index into `View.processes`, or -1. */
  readonly owner: number;
  /** Connections waiting for accept(). */
  readonly acceptQueue: number;
  /** null where the source does not know it (/proc does not show it). */
  readonly acceptQueueMax: number | null;
}

/** How a count has moved: the median of slopes (Theil and Sen), which one burst does not bend. */
export interface Trend {
  readonly perSecond: number;
  /** Between these the slope lies with a confidence of 95 %, as far as samples scatter independently. */
  readonly lowPerSecond: number;
  readonly highPerSecond: number;
  readonly windowSeconds: number;
  readonly samples: number;
}

/** `server`: the connection came in by one of our listening ports; `client`: we opened it. */
type Role = 'client' | 'server';

/** Sockets in one state of one process with one peer. */
export interface PeerGroup {
  readonly key: string;
  readonly state: State;
  readonly role: Role;
  /** Index into `View.processes`, or -1. For sockets still in an accept queue: the listener's process. */
  readonly owner: number;
  readonly remoteAddress: string;
  /** The service's port: the remote port for a client (0: any, in a total), our listening port for a server. */
  readonly servicePort: number;
  readonly rows: readonly number[];
  /** Peers (remote address and service port) among the rows: 1, or in a total all of them. */
  readonly peers: number;
  readonly trend: Trend | null;
}

/** Sockets from one local address to one remote address and port; each takes one local port. */
export interface Destination {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Distinct local ports in use inside ip_local_port_range, in any state. */
  readonly used: number;
  readonly timeWait: number;
  readonly established: number;
  /** Of its TIME_WAIT sockets; 0 where there are none. */
  readonly oldestTimeWaitSeconds: number;
  readonly trend: Trend | null;
}

export interface ServedTimeWait {
  readonly address: string;
  readonly port: number;
  /** Index into `View.processes`, or -1. */
  readonly owner: number;
  readonly count: number;
  readonly oldestTimeWaitSeconds: number;
}

/** Limits of the network namespace; null where the file is not there or may not be read. Source: /proc/sys/net/ipv4. */
export interface KernelLimits {
  /** ip_local_port_range, both ends included. */
  readonly portRange: { readonly low: number; readonly high: number } | null;
  /** Ports of the range that ip_local_reserved_ports takes out of it. */
  readonly reservedPorts: number | null;
  /** tcp_max_tw_buckets. */
  readonly maxTimeWait: number | null;
  /** tcp_fin_timeout. */
  readonly finTimeoutSeconds: number | null;
  /** tcp_tw_reuse: 0 off, 1 on, 2 loopback only. */
  readonly timeWaitReuse: number | null;
  /** tcp_max_orphans. */
  readonly maxOrphans: number | null;
  /** tcp_max_syn_backlog; it holds only where tcp_syncookies is 0. */
  readonly maxSynBacklog: number | null;
  /** tcp_syncookies: 0 off, 1 when a SYN queue is full, 2 always. */
  readonly synCookies: number | null;
  /** net.core.somaxconn. */
  readonly somaxconn: number | null;
  /** tcp_mem, in pages; of all network namespaces together. */
  readonly memoryPages: { readonly low: number; readonly pressure: number; readonly high: number } | null;
  /** nf_conntrack_max; null where connections are not tracked. */
  readonly maxConntrack: number | null;
  /** tcp_retries1: from so many retransmissions on, the kernel itself holds that something is wrong. */
  readonly retries1: number | null;
  /** tcp_retries2: after the time of so many retransmissions the kernel gives up a connection. */
  readonly retries2: number | null;
  /** tcp_orphan_retries: the same, where no program holds it; 0 stands for 8. */
  readonly orphanRetries: number | null;
  /** tcp_syn_retries. */
  readonly synRetries: number | null;
  /** tcp_syn_linear_timeouts: so many of a SYN's retransmissions come before the timeout doubles; null before Linux 6.5. */
  readonly synLinearTimeouts: number | null;
  /** tcp_keepalive_time, tcp_keepalive_intvl, tcp_keepalive_probes: for programs that ask for keepalive and set no others. */
  readonly keepalive: {
    readonly timeSeconds: number;
    readonly intervalSeconds: number;
    readonly probes: number;
  } | null;
  /** The default of tcp_rmem: what a receive buffer holds before it is grown. */
  readonly receiveBufferBytes: number | null;
}

export const NO_LIMITS: KernelLimits = {
  portRange: null,
  reservedPorts: null,
  maxTimeWait: null,
  finTimeoutSeconds: null,
  timeWaitReuse: null,
  maxOrphans: null,
  maxSynBacklog: null,
  synCookies: null,
  somaxconn: null,
  memoryPages: null,
  maxConntrack: null,
  retries1: null,
  retries2: null,
  orphanRetries: null,
  synRetries: null,
  synLinearTimeouts: null,
  keepalive: null,
  receiveBufferBytes: null,
};

/**
 * Counters by the kernel's names: `Tcp.ActiveOpens` (/proc/net/snmp), `TcpExt.ListenOverflows` (/proc/net/netstat),
 * `sockstat.TCP.orphan`, `sockstat6.TCP6.inuse`, `conntrack.count`, `conntrack.drop` (/proc/net/stat/nf_conntrack).
 */
export type Counters = Readonly<Record<string, number>>;

/** TIME_WAIT lasts this long, whatever tcp_fin_timeout says. Source: TCP_TIMEWAIT_LEN in include/net/tcp.h. */
export const TIME_WAIT_SECONDS = 60;

/** Ports a client can use to one destination from one address; null where the range is not known. */
export function usablePorts(limits: KernelLimits): number | null {
  if (!limits.portRange) return null;
  return Math.max(1, limits.portRange.high - limits.portRange.low + 1 - (limits.reservedPorts ?? 0));
}
