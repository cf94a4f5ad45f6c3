import type { Considered, Finding } from './finding.ts';
import type { KernelLimits, OwnerGap } from './snapshot.ts';
import type { State } from './state.ts';

/**
 * The summary of one pass: all that leaves the observer unasked. Rows of sockets never do; they are queried.
 * Everything downstream is a pure function of Observations.
 */
export interface Observation {
  /** Names one life of the observer; `sequence` counts its passes from 1. */
  readonly epoch: string;
  readonly sequence: number;
  /** Wall clock, for display only: milliseconds since 1970. */
  readonly at: number;
  /** The observer's monotonic clock; ages and `for` run on it. */
  readonly monotonicSeconds: number;
  /** Since this observer's first pass: what an age from first sight can be at most, unless the kernel proves more. */
  readonly watchedSeconds: number;
  /** As planned: until the next Observation. Longer than configured where the CPU budget or the length of a pass asks for it. */
  readonly intervalSeconds: number;
  /** `counts`: `sockets`, `rates` and `sockstat` are of this pass, all else is as of the last full pass. */
  readonly kind: PassKind;
  /** Wall clock of the last full pass: `at`, where this is one. */
  readonly fullAt: number;
  /** What each kind of pass costs, and how far apart they are planned; `counts` is null while every pass is full. */
  readonly passes: { readonly full: PassCost; readonly counts: PassCost | null };
  /** Set where more than three intervals went by unseen before this pass: timers must not count them. */
  readonly gapSeconds: number | null;
  /** False: rows are missing, nothing was detected on this pass, and the findings are those of the last complete one. */
  readonly complete: boolean;
  readonly source: { readonly name: string; readonly why: string };
  readonly sockets: SocketCounts;
  readonly oldest: Readonly<Record<State, Age | null>>;
  readonly flows: readonly Flow[];
  /** Opened, accepted and so on, a second; null on the first pass. */
  readonly rates: OpenRates | null;
  /** Processes by number of sockets, largest first, at most MAX_PROCESSES; `otherProcesses` holds the rest. */
  readonly processes: readonly ProcessSockets[];
  readonly otherProcesses: Readonly<Record<State, number>>;
  /** Those with the longest accept queue first, at most MAX_LISTENERS. */
  readonly listeners: readonly ListenerSummary[];
  readonly ports: readonly PortUse[];
  readonly findings: readonly Finding[];
  /** What was looked at and is no finding, at most MAX_CONSIDERED. */
  readonly considered: readonly Considered[];
  /** Detectors that cannot say that something is *not* there: they have not watched long enough, or did not run. */
  readonly undecided: readonly string[];
  /** Names of network namespaces of which no detector can say that: not read long enough, or the last read failed. */
  readonly undecidedNamespaces: readonly string[];
  /** Those watched: the observer's own first, then those that could not be read, then the ones with the most sockets; at most MAX_NAMESPACES. */
  readonly namespaces: readonly NamespaceSummary[];
  readonly namespacesTotal: number;
  readonly units: readonly UnitHealth[];
  readonly ownership: Ownership;
  readonly limits: KernelLimits;
  /** TIME_WAIT, orphans and memory as /proc/net/sockstat has them; null where it cannot be read. */
  readonly sockstat: { readonly orphans: number; readonly memoryPages: number } | null;
  /** Connections that netfilter tracks in the observer's own namespace; null where it tracks none. */
  readonly conntrackEntries: number | null;
  readonly cost: { readonly cpuSecondsTotal: number; readonly passSeconds: number };
}

export const PASS_KINDS = ['full', 'counts'] as const;
export type PassKind = (typeof PASS_KINDS)[number];

export interface PassCost {
  readonly intervalSeconds: number;
  /** CPU time of the last one, user and system. */
  readonly cpuSeconds: number;
}

export const MAX_PROCESSES = 50;
export const MAX_LISTENERS = 1000;
export const MAX_PORTS = 50;
export const MAX_FINDINGS = 200;
export const MAX_CONSIDERED = 100;
export const MAX_NAMESPACES = 50;

export interface SocketCounts {
  readonly total: number;
  readonly byState: Readonly<Record<State, number>>;
  readonly byFamily: { readonly ipv4: number; readonly ipv6: number };
  readonly byStateFamily: {
    readonly ipv4: Readonly<Record<State, number>>;
    readonly ipv6: Readonly<Record<State, number>>;
  };
}

export interface Age {
  readonly seconds: number;
  readonly exact: boolean;
}

/**
 * Sockets that went from one state to another between two passes, a second. A state shorter than an interval is
 * skipped over, so this is a sample. null: not there before, or not there any more.
 */
export interface Flow {
  readonly from: State | null;
  readonly to: State | null;
  readonly perSecond: number;
}

/** Exact, from the counters of /proc/net/snmp and netstat. */
export interface OpenRates {
  readonly activeOpens: number;
  readonly passiveOpens: number;
  readonly attemptFails: number;
  readonly estabResets: number;
  readonly listenOverflows: number;
  readonly timeWaitOverflows: number;
}

export interface ProcessSockets {
  readonly pid: number;
  readonly name: string;
  /** As of `Process`. */
  readonly unit: string | null;
  readonly container: string | null;
  readonly pod: string | null;
  readonly descriptors: number | null;
  readonly descriptorLimit: number | null;
  readonly byState: Readonly<Record<State, number>>;
}

/**
 * What a network namespace is called by: `named` as `ip netns` has it; `container`, `pod` and `unit` (of systemd) after the
 * processes in it; `unnamed` by its inode.
 */
export const NAMESPACE_KINDS = ['host', 'named', 'container', 'pod', 'unit', 'unnamed'] as const;
export type NamespaceKind = (typeof NAMESPACE_KINDS)[number];

export interface NamespaceSummary {
  readonly name: string;
  readonly kind: NamespaceKind;
  /** Of the namespace in nsfs, as `lsns` shows it; null where it may not be read. */
  readonly inode: number | null;
  /** Processes in it; null where nobody counted. */
  readonly processes: number | null;
  /** All of the following as of then; milliseconds since 1970, null before it was read. */
  readonly readAt: number | null;
  /** Between the last two times that it was read; null before the second. */
  readonly intervalSeconds: number | null;
  readonly source: { readonly name: string; readonly why: string } | null;
  readonly complete: boolean;
  /** Why it could not be read the last time. */
  readonly error: string | null;
  readonly sockets: number;
  readonly byState: Readonly<Record<State, number>>;
  readonly rates: OpenRates | null;
  readonly limits: KernelLimits;
}

export interface ListenerSummary {
  /** Name of the network namespace. */
  readonly netns: string;
  readonly address: string;
  readonly port: number;
  readonly process: Pick<ProcessSockets, 'pid' | 'name' | 'unit' | 'container'> | null;
  readonly acceptQueue: number;
  readonly acceptQueueMax: number | null;
}

export interface PortUse {
  readonly netns: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly used: number;
  readonly timeWait: number;
  /** null where the port range is not known. */
  readonly usable: number | null;
}

export const UNIT_KINDS = ['collector', 'detector'] as const;

/** How each unit (source, reader, detector) did on this pass. */
export interface UnitHealth {
  readonly name: string;
  readonly kind: (typeof UNIT_KINDS)[number];
  readonly ok: boolean;
  readonly durationSeconds: number;
  /** One line: what failed, where. */
  readonly error: string | null;
}

/** What reading the descriptors of others takes: the first to list them, the second to see where they lead. */
export const OWNER_CAPABILITIES = ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE'] as const;
export type OwnerCapability = (typeof OWNER_CAPABILITIES)[number];

/** What the search for owners was refused. */
export interface Access {
  /** Processes whose descriptors may not be read. */
  readonly processesDenied: number;
  /** Of these, the ones that no capability is lacking for: they are of another user namespace, or a security module denies it. */
  readonly processesDeniedAlthoughHeld: number;
  /** Capabilities whose lack hides something here, each with the number of processes that it hides. */
  readonly missingCapabilities: readonly {
    readonly capability: OwnerCapability;
    readonly processes: number;
  }[];
  /** /proc is mounted with hidepid, or shows only pids of its own: other users' processes are not even listed. */
  readonly processesHidden: boolean;
}

export interface Ownership extends Access {
  /** Sockets without a known process, by reason; `none` counts those that have one. */
  readonly sockets: Readonly<Record<OwnerGap, number>>;
}
