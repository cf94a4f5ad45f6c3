import type { ObserverConfig } from '../model/config.ts';
import { NO_LIMITS, type Counters, type KernelLimits } from '../model/snapshot.ts';
import type { SocketRead, SocketTable } from '../model/socket-table.ts';
import type { Source } from '../model/units.ts';
import { mayHaveSockets, readCounters } from './counters.ts';
import { createNamespaceEntry, type Entry } from './namespace-entry.ts';
import { isMember } from './namespace-members.ts';
import type { Namespace } from './namespaces.ts';
import { loadNetlink, type Netlink, type NetlinkNumbers, type OpenNetlink } from './netlink.ts';
import { hasCapability } from './process-files.ts';
import { procNetTcp } from './proc-net-tcp.ts';
import { sockDiag } from './sock-diag.ts';

interface NamespaceRead {
  readonly sockets: SocketRead;
  readonly counters: Counters;
  /** All null where the namespace was not entered. */
  readonly limits: KernelLimits;
  /** One line for each file beside the sockets that could not be read. */
  readonly errors: readonly string[];
  readonly source: { readonly name: string; readonly why: string };
  /** As of NamespaceInodes, where it was seen from inside. */
  readonly procInode: number | null;
}

export interface NamespaceReader {
  /**
   * Reads into `table`. null: the namespace has gone, which is no error. Rejects where it is there and nothing could be read.
   * One read at a time.
   */
  read(namespace: Namespace, table: SocketTable, signal: AbortSignal): Promise<NamespaceRead | null>;
  /**
   * Asks for single sockets; null where that is not to be had. To be closed after use: it keeps the namespace alive.
   * Possible while something is read.
   */
  inspector(namespace: Namespace): Promise<NamespaceInspector | null>;
  /** What the observer lacks to enter every namespace; empty where it has all. */
  readonly missingCapabilities: readonly string[];
  close(): void;
}

interface NamespaceInspector {
  readonly inspect: NonNullable<Source['inspect']>;
  close(): void;
}

interface Options {
  readonly source: ObserverConfig['source'];
  /** The compiled namespace-thread.ts. */
  readonly thread?: URL;
}

/** A dump that fails is made again, by another entry: a socket that failed may hold what is left of it. */
const TRIES = 3;
/** Processes that are tried as a way in, since they may end at any moment. */
const MAX_WAYS = 8;

/** To enter, and to open the ns/net of other users' processes. */
const CAPABILITIES = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'] as const;

const AS_ASKED = 'as --collect.source says';
const never = new AbortController().signal;

/**
 * Reads the sockets, counters and limits of a network namespace: enters it and asks by sock_diag, where that is permitted
 * and asked for, and otherwise reads the files that procfs has for one of its processes.
 */
export function createNamespaceReader(
  procfs: string,
  { source, thread = new URL('./namespace-thread.js', import.meta.url) }: Options,
): NamespaceReader {
  const missingCapabilities = CAPABILITIES.filter((capability) => !hasCapability(procfs, capability));
  const entry = createNamespaceEntry(procfs, thread);
  let loading: Promise<Netlink> | undefined;
  const load = () => (loading ??= loadNetlink());
  let open: OpenNetlink = () => {
    throw new Error('no socket');
  };
  // One for all namespaces: its memory is used again.
  const diag = sockDiag(() => open(), 1);

  /** Why it is of no use to try; null where it may work. */
  function noEntry({ inode }: Namespace): string | null {
    if (source === 'proc') return AS_ASKED;
    if (missingCapabilities.includes('CAP_SYS_ADMIN'))
      return 'CAP_SYS_ADMIN is missing, which entering takes';
    if (inode === null) return "its processes' ns/net may not be read, which takes CAP_SYS_PTRACE";
    return null;
  }

  async function enter(namespace: Namespace, read: boolean, signal: AbortSignal): Promise<Entry> {
    const reason = noEntry(namespace);
    if (reason !== null || namespace.inode === null) return { outcome: 'failed', reason: reason ?? '' };
    const { mounts, pids, inode } = namespace;
    const ways = pids.slice(0, MAX_WAYS).map((pid) => `${procfs}/${pid}/ns/net`);
    try {
      return await entry.enter({ paths: [...mounts, ...ways], inode, read }, signal);
    } catch (error) {
      return { outcome: 'failed', reason: messageOf(error) };
    }
  }

  /** What failed is a text. */
  async function readInside(
    namespace: Namespace,
    table: SocketTable,
    signal: AbortSignal,
  ): Promise<NamespaceRead | null | string> {
    let netlink: Netlink;
    try {
      netlink = await load();
    } catch (error) {
      return messageOf(error);
    }
    for (let tries = 1; ; tries++) {
      const entered = await enter(namespace, true, signal);
      if (entered.outcome === 'gone') return null;
      if (entered.outcome === 'failed') return entered.reason;
      const { socket, counters, limits, errors, procInode } = entered;
      const sockets = socket ? await dump(netlink, socket, table, signal) : noSockets(table);
      const isLast = tries === TRIES || signal.aborted;
      if (typeof sockets === 'string') {
        if (isLast) return sockets;
      } else if (sockets.complete || isLast) {
        const why = source === 'auto' ? 'the cheapest source, and it works' : AS_ASKED;
        return { sockets, counters, limits, errors, source: { name: 'sock_diag', why }, procInode };
      }
    }
  }

  async function dump(netlink: Netlink, numbers: NetlinkNumbers, table: SocketTable, signal: AbortSignal) {
    const socket = netlink.adopt(numbers);
    open = () => socket;
    try {
      return await diag.read(signal, table);
    } catch (error) {
      return messageOf(error);
    } finally {
      diag.close?.();
      socket.close();
    }
  }

  async function readByProcess(
    namespace: Namespace,
    table: SocketTable,
    why: string,
    signal: AbortSignal,
  ): Promise<NamespaceRead | null> {
    if (namespace.pids.length === 0) {
      throw new Error(`it has no process to read it by, and is not entered: ${why}`);
    }
    let failure: unknown;
    for (const pid of namespace.pids.slice(0, MAX_WAYS)) {
      if (!isMember(procfs, pid, namespace)) continue;
      const path = `${procfs}/${pid}`;
      try {
        const { counters, errors } = readCounters(path);
        const sockets = mayHaveSockets(counters)
          ? await procNetTcp(path).read(signal, table)
          : noSockets(table);
        // It may have ended meanwhile, and its pid be that of a process somewhere else.
        if (!isMember(procfs, pid, namespace)) continue;
        return {
          sockets,
          counters,
          limits: NO_LIMITS,
          errors,
          source: { name: 'proc', why },
          procInode: null,
        };
      } catch (error) {
        if (isMember(procfs, pid, namespace)) failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return null;
  }

  return {
    missingCapabilities,
    async read(namespace, table, signal) {
      const inside = noEntry(namespace) ?? (await readInside(namespace, table, signal));
      if (typeof inside !== 'string') return inside;
      if (source === 'sock_diag') throw new Error(inside);
      return readByProcess(namespace, table, inside, signal);
    },
    async inspector(namespace) {
      const netlink = await load().catch(() => null);
      if (!netlink) return null;
      const entered = await enter(namespace, false, never);
      if (entered.outcome !== 'entered' || !entered.socket) return null;
      const socket = netlink.adopt(entered.socket);
      const { inspect } = sockDiag(() => socket);
      if (!inspect) return null;
      return { inspect, close: () => socket.close() };
    },
    close: () => entry.close(),
  };
}

function noSockets(table: SocketTable): SocketRead {
  table.count = 0;
  return { table, complete: true, duplicates: 0, badRows: 0, badRowSamples: [] };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
