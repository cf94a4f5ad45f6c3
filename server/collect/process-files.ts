import { closeSync, openSync, readFileSync, readlinkSync, readSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { printable } from '../model/printable.ts';
import { parseCgroup, type Cgroup } from './cgroup.ts';

const MAX_NAME_LENGTH = 64;
/** More than a stat line can have. */
const buffer = Buffer.allocUnsafe(4096);

/** PF_KTHREAD in include/linux/sched.h. */
const KERNEL_THREAD = 0x0020_0000;

export interface ProcessStat {
  readonly name: string;
  /** 0: none, or one of a pid namespace that is not listed here. */
  readonly parentPid: number;
  /** Clock ticks after boot. */
  readonly startTimeTicks: number;
  /** A kernel thread or a zombie: it has no descriptors, whoever asks. */
  readonly withoutDescriptors: boolean;
}

/** /proc/PID/stat; throws ENOENT or ESRCH where the process is gone. */
export function readStat(procfs: string, pid: number): ProcessStat {
  const path = `${procfs}/${pid}/stat`;
  const descriptor = openSync(path, 'r');
  try {
    const stat = parseStat(buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0)));
    if (!stat) throw new Error(`${path}: cannot be understood`);
    return stat;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The name stands in parentheses and may hold anything, parentheses and newlines too: the last `)` ends it.
 * Source: do_task_stat() in fs/proc/array.c, proc_pid_stat(5).
 */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  // From field 3, `state`, on: `ppid` is 4, `flags` 9 and `starttime` 22.
  const fields = text.slice(close + 2).split(' ');
  const parentPid = Number(fields[4 - 3] || NaN);
  const startTimeTicks = Number(fields[22 - 3] || NaN);
  const flags = Number(fields[9 - 3] || NaN);
  if (![parentPid, startTimeTicks, flags].every(Number.isSafeInteger)) return null;
  return {
    name: printable(text.slice(open + 1, close), MAX_NAME_LENGTH),
    parentPid,
    startTimeTicks,
    withoutDescriptors: (flags & KERNEL_THREAD) !== 0 || fields[0] === 'Z' || fields[0] === 'X',
  };
}

/** What Node.js from version 24 on names its first thread, which says nothing about the program. */
const NAME_OF_NO_PROGRAM = 'MainThread';

/** A name that people know the process by: that of its program where it names its thread instead. */
export function nameOf(procfs: string, pid: number, { name }: ProcessStat): string {
  if (name !== NAME_OF_NO_PROGRAM) return name;
  try {
    return printable(basename(readlinkSync(`${procfs}/${pid}/exe`)), MAX_NAME_LENGTH);
  } catch {
    return name;
  }
}

/** Effective uid; null where it cannot be read. Source: `Uid:` of /proc/PID/status: real, effective, saved, file system. */
export function readUid(procfs: string, pid: number): number | null {
  const match = /^Uid:\t\d+\t(\d+)/m.exec(readOrEmpty(`${procfs}/${pid}/status`));
  return match ? Number(match[1]) : null;
}

/** Soft RLIMIT_NOFILE; null where it cannot be read. Source: proc_pid_limits() in fs/proc/base.c. */
export function readDescriptorLimit(procfs: string, pid: number): number | null {
  const soft = /^Max open files +(\d+|unlimited)/m.exec(readOrEmpty(`${procfs}/${pid}/limits`))?.[1];
  if (soft === undefined) return null;
  return soft === 'unlimited' ? Infinity : Number(soft);
}

/** Who runs it, by its control group; all unknown where that cannot be read. */
export function readCgroup(procfs: string, pid: number): Cgroup {
  return parseCgroup(readOrEmpty(`${procfs}/${pid}/cgroup`, 'utf8'));
}

/** Capabilities that reading others' descriptors and entering namespaces takes, by their bits in include/uapi/linux/capability.h. */
const CAPABILITY_BIT = { CAP_DAC_READ_SEARCH: 2, CAP_SYS_PTRACE: 19, CAP_SYS_ADMIN: 21 } as const;
export type Capability = keyof typeof CAPABILITY_BIT;

/** Whether this process has a capability; false where that cannot be read. */
export function hasCapability(procfs: string, capability: Capability): boolean {
  const effective = /^CapEff:\t([0-9a-f]{1,16})$/m.exec(readOrEmpty(`${procfs}/self/status`))?.[1];
  return ((BigInt(`0x${effective ?? 0}`) >> BigInt(CAPABILITY_BIT[capability])) & 1n) === 1n;
}

/** Open descriptors; null where they cannot be counted. Where the kernel does not tell they are listed, which takes permission. */
export function countDescriptors(procfs: string, pid: number): number | null {
  try {
    return toldDescriptors(procfs, pid) ?? readdirSync(`${procfs}/${pid}/fd`).length;
  } catch {
    return null;
  }
}

/**
 * Open descriptors, as far as the kernel tells their number, which costs some microseconds: from Linux 6.2 on it is the size
 * of /proc/PID/fd, for everybody to see. Source: proc_fd_getattr() in fs/proc/fd.c.
 */
export function toldDescriptors(procfs: string, pid: number): number | null {
  try {
    return statSync(`${procfs}/${pid}/fd`, { throwIfNoEntry: false })?.size || null;
  } catch {
    return null;
  }
}

function readOrEmpty(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  try {
    return readFileSync(path, encoding);
  } catch {
    return '';
  }
}
