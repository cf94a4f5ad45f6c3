import { readdirSync, readlinkSync } from 'node:fs';
import { readStat } from './process-files.ts';
import type { Capability, ProcessStat } from './process-files.ts';

/** Links read between two steps: about a millisecond. */
const LINKS_A_STEP = 256;

const SOCKET_LINK = 'socket:[';

/** What a walk through the descriptors of one process gave. */
export type Walk =
  | { readonly outcome: 'read'; readonly stat: ProcessStat; readonly inodes: readonly number[] }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'denied'; readonly capabilities: readonly Capability[] };

/** The pids that `procfs` lists, ascending. */
export function listPids(procfs: string): number[] {
  return readdirSync(procfs)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
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
 * The inodes of the sockets that a process holds, from the links of /proc/PID/fd. A step at a time, so that the caller may
 * stop in between and go on later. A process is its pid and start time: where another has taken the pid meanwhile, the
 * one that was asked for is gone.
 */
export function* walkDescriptors(procfs: string, pid: number): Generator<undefined, Walk> {
  let directory: string;
  let stat: ProcessStat;
  let descriptors: string[];
  try {
    stat = readStat(procfs, pid);
    if (stat.withoutDescriptors) return { outcome: 'read', stat, inodes: [] };
  } catch (error) {
    // Under hidepid=1 a process is listed and nothing of it may be read, except by those who may trace it.
    return isDenied(error) ? { outcome: 'denied', capabilities: ['CAP_SYS_PTRACE'] } : { outcome: 'gone' };
  }
  try {
    directory = `${procfs}/${pid}/fd/`;
    descriptors = readdirSync(directory);
  } catch (error) {
    if (!isDenied(error)) return { outcome: 'gone' };
    // Listing takes the one, reading the links then takes the other.
    return { outcome: 'denied', capabilities: ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE'] };
  }

  const inodes: number[] = [];
  for (const [i, descriptor] of descriptors.entries()) {
    if (i % LINKS_A_STEP === LINKS_A_STEP - 1) yield;
    try {
      const link = readlinkSync(directory + descriptor);
      if (link.startsWith(SOCKET_LINK)) inodes.push(Number(link.slice(SOCKET_LINK.length, -1)));
    } catch (error) {
      if (isDenied(error)) return { outcome: 'denied', capabilities: ['CAP_SYS_PTRACE'] };
      // Closed since it was listed; where the process has ended, its start time tells.
    }
  }
  try {
    const after = readStat(procfs, pid);
    return after.startTimeTicks === stat.startTimeTicks
      ? { outcome: 'read', stat: after, inodes }
      : { outcome: 'gone' };
  } catch {
    return { outcome: 'gone' };
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
