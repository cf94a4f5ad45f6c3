import { readlinkSync, statSync } from 'node:fs';

/**
 * What tells the network namespace of a process. `inode`: in nsfs, by /proc/PID/ns/net, which those may read who may trace
 * the process. `procInode`: of its /proc/PID/net/tcp, which everybody may look at: procfs keeps one net directory a
 * namespace. null: not known, or not looked for.
 */
export interface NamespaceInodes {
  readonly inode: number | null;
  readonly procInode: number | null;
}

type Found = number | 'denied' | 'gone';

/** Source: namespaces(7). */
export function inodeOf(procfs: string, pid: number | 'self'): Found {
  try {
    const link = readlinkSync(`${procfs}/${pid}/ns/net`);
    const inode = Number(link.slice('net:['.length, -1));
    return Number.isSafeInteger(inode) ? inode : 'gone';
  } catch (error) {
    return isDenied(error) ? 'denied' : 'gone';
  }
}

/** Denied only where procfs is mounted with hidepid. Source: proc_tgid_net_lookup() in fs/proc/proc_net.c. */
export function procInodeOf(procfs: string, pid: number | 'thread-self'): Found {
  try {
    return statSync(`${procfs}/${pid}/net/tcp`, { throwIfNoEntry: false })?.ino ?? 'gone';
  } catch (error) {
    return isDenied(error) ? 'denied' : 'gone';
  }
}

/** Whether a process is in the namespace at this moment: it may have ended, and another may have its pid. */
export function isMember(procfs: string, pid: number, { inode, procInode }: NamespaceInodes): boolean {
  const found = inode === null ? 'denied' : inodeOf(procfs, pid);
  if (found !== 'denied') return found === inode;
  return procInode !== null && procInodeOf(procfs, pid) === procInode;
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
