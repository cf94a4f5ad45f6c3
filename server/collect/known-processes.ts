import type { Process } from '../model/snapshot.ts';
import { countDescriptors, nameOf, readDescriptorLimit, readStat, readUid } from './process-files.ts';
import type { ProcessStat } from './process-files.ts';

/** Names, descriptor counts and limits are read anew this often; of owners of CLOSE_WAIT sockets on every pass. */
const REFRESH_SECONDS = 10;
/** Owners refreshed on one pass at most, about 50 µs each; new ones come on top. */
const MAX_REFRESHES = 200;

export interface KnownProcess extends Process {
  name: string;
  uid: number;
  /** It has ended, or another has its pid. */
  gone: boolean;
  /** Monotonic; -Infinity: only what a walk gives is known yet. */
  refreshedAtSeconds: number;
  /** Of the update that last met it: its number, its index among the owners, and whether it has CLOSE_WAIT sockets. */
  update: number;
  index: number;
  hasCloseWait: boolean;
}

/** The processes that have sockets. */
export class KnownProcesses {
  private readonly procfs: string;
  private readonly byPid = new Map<number, KnownProcess>();

  constructor(procfs: string) {
    this.procfs = procfs;
  }

  has(pid: number): boolean {
    return this.byPid.has(pid);
  }

  /** undefined where the process is gone already. */
  remember(pid: number, stat: ProcessStat): KnownProcess | undefined {
    const { startTimeTicks } = stat;
    const known = this.byPid.get(pid);
    if (known?.startTimeTicks === startTimeTicks) return known;
    this.forget(pid);
    const uid = readUid(this.procfs, pid);
    if (uid === null) return undefined;
    const process: KnownProcess = {
      pid,
      startTimeTicks,
      name: nameOf(this.procfs, pid, stat),
      uid,
      descriptors: null,
      descriptorLimit: null,
      gone: false,
      refreshedAtSeconds: -Infinity,
      update: 0,
      index: -1,
      hasCloseWait: false,
    };
    this.byPid.set(pid, process);
    return process;
  }

  /** Marks it as gone: its sockets may live on in another process, and are looked for again. */
  forget(pid: number): void {
    const process = this.byPid.get(pid);
    if (!process) return;
    process.gone = true;
    this.byPid.delete(pid);
  }

  forgetAllBut(pids: readonly number[]): void {
    const listed = new Set(pids);
    for (const pid of this.byPid.keys()) if (!listed.has(pid)) this.forget(pid);
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
  }
}
