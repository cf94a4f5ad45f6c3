import { readdirSync, readlinkSync } from 'node:fs';
import type { OwnerCapability } from '../model/observation.ts';
import { readStat } from './process-files.ts';
import type { ProcessStat } from './process-files.ts';

/** Links read between two steps: about two milliseconds. */
const LINKS_A_STEP = 256;

const SOCKET_LINK = 'socket:[';

/** The descriptors of a process that are sockets, in the order of the listing, which is theirs; and the inode of each. */
export interface HeldSockets {
  readonly descriptors: Uint32Array;
  readonly inodes: Uint32Array;
}

/** What a walk through the descriptors of one process gave. */
export type Walk =
  | {
      readonly outcome: 'read';
      readonly stat: ProcessStat;
      readonly sockets: HeldSockets;
      /** Those that were not read again. */
      readonly settled: number;
    }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'denied'; readonly capabilities: readonly OwnerCapability[] };

/** What is known of the process from an earlier walk, for a later one to read less. */
export interface Walked {
  readonly startTimeTicks: number;
  readonly sockets: HeldSockets;
  /** Whether the descriptor that led to a socket leads there still. */
  readonly isSettled: (inode: number) => boolean;
}

const NO_SOCKETS: HeldSockets = { descriptors: new Uint32Array(0), inodes: new Uint32Array(0) };

/** The pids that `procfs` lists, ascending. */
export function listPids(procfs: string): number[] {
  return readdirSync(procfs)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** This process's own pid as `procfs` has it, which may be of another pid namespace; null where it is not there. */
export function pidOfSelf(procfs: string): number | null {
  try {
    return Number(readlinkSync(`${procfs}/self`)) || null;
  } catch {
    return null;
  }
}

/** What identifies the network namespace of a process, or null where it may not be read. Source: namespaces(7). */
export function networkNamespace(procfs: string, pid: number | 'self'): string | null {
  try {
    return readlinkSync(`${procfs}/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/**
 * The sockets that a process holds, from the links of /proc/PID/fd; those that are `before` and settled are not read
 * again. A step at a time, so that the caller may stop in between and go on later. A process is its pid and start time:
 * where another has taken the pid meanwhile, the one that was asked for is gone.
 */
export function* walkDescriptors(procfs: string, pid: number, before?: Walked): Generator<undefined, Walk> {
  const directory = `${procfs}/${pid}/fd/`;
  let stat: ProcessStat;
  let listed: string[];
  try {
    stat = readStat(procfs, pid);
    if (stat.withoutDescriptors) return { outcome: 'read', stat, sockets: NO_SOCKETS, settled: 0 };
  } catch (error) {
    // Under hidepid=1 a process is listed and nothing of it may be read, except by those who may trace it.
    return isDenied(error) ? { outcome: 'denied', capabilities: ['CAP_SYS_PTRACE'] } : { outcome: 'gone' };
  }
  try {
    listed = readdirSync(directory);
  } catch (error) {
    if (!isDenied(error)) return { outcome: 'gone' };
    // Listing takes the one, reading the links then takes the other.
    return { outcome: 'denied', capabilities: ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE'] };
  }

  const known = before?.startTimeTicks === stat.startTimeTicks ? before : undefined;
  const descriptors: number[] = [];
  const inodes: number[] = [];
  let next = 0;
  let read = 0;
  let settled = 0;
  for (const name of listed) {
    const descriptor = Number(name);
    while (known && next < known.sockets.descriptors.length && known.sockets.descriptors[next]! < descriptor)
      next++;
    if (known?.sockets.descriptors[next] === descriptor && known.isSettled(known.sockets.inodes[next]!)) {
      descriptors.push(descriptor);
      inodes.push(known.sockets.inodes[next]!);
      settled++;
      continue;
    }
    if (++read % LINKS_A_STEP === 0) yield;
    try {
      const link = readlinkSync(directory + name);
      if (!link.startsWith(SOCKET_LINK)) continue;
      descriptors.push(descriptor);
      inodes.push(Number(link.slice(SOCKET_LINK.length, -1)));
    } catch (error) {
      if (isDenied(error)) return { outcome: 'denied', capabilities: ['CAP_SYS_PTRACE'] };
      // Closed since it was listed; where the process has ended, its start time tells.
    }
  }
  try {
    if (readStat(procfs, pid).startTimeTicks !== stat.startTimeTicks) return { outcome: 'gone' };
  } catch {
    return { outcome: 'gone' };
  }
  const sockets = { descriptors: Uint32Array.from(descriptors), inodes: Uint32Array.from(inodes) };
  return { outcome: 'read', stat, sockets, settled };
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
