import type { Process } from '../model/snapshot.ts';
import {
  countDescriptors,
  nameOf,
  readCgroup,
  readDescriptorLimit,
  readStat,
  readUid,
} from './process-files.ts';
import type { ProcessStat } from './process-files.ts';
import type { HeldSockets } from './process-walk.ts';

/** Names, descriptor counts, limits and control groups are read anew this often; of owners of CLOSE_WAIT sockets on every pass. */
const REFRESH_SECONDS = 10;
/** Owners refreshed on one pass at most, about 65 µs each; new ones come on top. */
const MAX_REFRESHES = 200;

export interface KnownProcess extends Process {
  name: string;
  uid: number;
  unit: string | null;
  container: string | null;
  pod: string | null;
  /** When it was first walked. */
  readonly parentPid: number;
  /** It has ended, or another has its pid. */
  gone: boolean;
  /** Monotonic; -Infinity: only what a walk gives is known yet. */
  refreshedAtSeconds: number;
  /** What the last walk found: when, how many descriptors there were, and which of them are sockets. */
  walkedAtSeconds: number;
  descriptorsWalked: number | null;
  sockets: HeldSockets;
  /** Sockets that it holds by two descriptors or more. */
  duplicated: ReadonlySet<number>;
  /** The set of holders that it is by itself. */
  readonly alone: Holders;
  /** Of the update that last met it: its number, the index among its processes, whether CLOSE_WAIT sockets, or shared ones, are its own. */
  update: number;
  index: number;
  hasCloseWait: boolean;
  isSharing: boolean;
}

/** The processes that hold a socket, the longest-running first. Sockets with the same ones have them in common. */
export interface Holders {
  processes: readonly KnownProcess[];
  /** Of the update that last met it: its number, the index among its sets of holders (-1: all are gone), and of the first of them. */
  update: number;
  index: number;
  owner: number;
  /** `changes` of SocketHolders when a socket went from them to others, or to nobody, for the last time. */
  leftAt: number;
}

export function holdersOf(processes: readonly KnownProcess[]): Holders {
  return { processes, update: 0, index: -1, owner: -1, leftAt: 0 };
}

/** The processes that have sockets. */
export class KnownProcesses {
  private readonly procfs: string;
  private readonly byPid = new Map<number, KnownProcess>();
  private readonly seen = new Set<number>();

  constructor(procfs: string) {
    this.procfs = procfs;
  }

  get(pid: number): KnownProcess | undefined {
    return this.byPid.get(pid);
  }

  /** Whether no process of this pid was looked at yet. */
  isNew(pid: number): boolean {
    return !this.seen.has(pid);
  }

  saw(pid: number): void {
    this.seen.add(pid);
  }

  /** undefined where the process is gone already. */
  remember(pid: number, stat: ProcessStat): KnownProcess | undefined {
    const { startTimeTicks, name, parentPid } = stat;
    const known = this.byPid.get(pid);
    if (known?.startTimeTicks === startTimeTicks) {
      // One that was just forked had its parent's name when it was first met.
      known.name = nameOf(this.procfs, pid, stat);
      return known;
    }
    this.forget(pid);
    const uid = readUid(this.procfs, pid);
    if (uid === null) return undefined;
    const alone = holdersOf([]);
    const process: KnownProcess = {
      pid,
      startTimeTicks,
      name,
      uid,
      descriptors: null,
      descriptorLimit: null,
      unit: null,
      container: null,
      pod: null,
      parentPid,
      gone: false,
      refreshedAtSeconds: -Infinity,
      walkedAtSeconds: -Infinity,
      descriptorsWalked: null,
      sockets: { descriptors: new Uint32Array(0), inodes: new Uint32Array(0) },
      duplicated: new Set(),
      alone,
      update: 0,
      index: -1,
      hasCloseWait: false,
      isSharing: false,
    };
    alone.processes = [process];
    this.byPid.set(pid, process);
    return process;
  }

  /** Marks it as gone: its sockets may live on in another process, and are looked for again. */
  forget(pid: number): void {
    this.seen.delete(pid);
    const process = this.byPid.get(pid);
    if (!process) return;
    process.gone = true;
    this.byPid.delete(pid);
  }

  forgetAllBut(listed: ReadonlySet<number>): void {
    for (const pids of [this.byPid.keys(), this.seen]) {
      for (const pid of pids) if (!listed.has(pid)) this.forget(pid);
    }
  }

  walked(process: KnownProcess, nowSeconds: number): void {
    process.walkedAtSeconds = nowSeconds;
    process.descriptors = countDescriptors(this.procfs, process.pid);
    process.descriptorsWalked = process.descriptors;
  }

  /** Reads what changes over a process's life: of new ones at once, of the others when it is time. */
  refresh(processes: readonly KnownProcess[], nowSeconds: number): void {
    const isNew = (process: KnownProcess) => process.refreshedAtSeconds === -Infinity;
    const isDue = (process: KnownProcess) => nowSeconds - process.refreshedAtSeconds >= REFRESH_SECONDS;
    let left = MAX_REFRESHES;
    for (const process of processes) if (isNew(process)) this.read(process, nowSeconds);
    for (const process of processes) if (process.hasCloseWait && left-- > 0) this.read(process, nowSeconds);
    for (const process of processes) if (isDue(process) && left-- > 0) this.read(process, nowSeconds);
  }

  private read(process: KnownProcess, nowSeconds: number): void {
    if (process.refreshedAtSeconds === nowSeconds) return;
    process.refreshedAtSeconds = nowSeconds;
    const { pid } = process;
    try {
      const stat = readStat(this.procfs, pid);
      if (stat.startTimeTicks !== process.startTimeTicks) return this.forget(pid);
      // It changes when the process executes another program.
      process.name = nameOf(this.procfs, pid, stat);
    } catch {
      return this.forget(pid);
    }
    process.uid = readUid(this.procfs, pid) ?? process.uid;
    process.descriptors = countDescriptors(this.procfs, pid);
    process.descriptorLimit = readDescriptorLimit(this.procfs, pid);
    const { unit, container, podUid } = readCgroup(this.procfs, pid);
    process.unit = unit;
    process.container = container?.id ?? null;
    process.pod = podUid;
  }
}
