import { OWNER_GAPS } from '../model/snapshot.ts';
import type { OwnerGap, Process } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import { InodeHolders } from './inode-holders.ts';
import { KnownProcesses } from './known-processes.ts';
import type { KnownProcess } from './known-processes.ts';
import { hasCapability, readStat } from './process-files.ts';
import type { Capability } from './process-files.ts';
import { listPids, networkNamespace, walkDescriptors } from './process-walk.ts';
import type { Walk } from './process-walk.ts';

/** Walking descriptors may take this share of the time; sockets that are not found yet are `pending` meanwhile. */
const WALK_SHARE = 0.05;
/** What may be saved up for one pass. */
const MAX_CREDIT_SECONDS = 0.1;
/** A socket that no process holds is looked for again after this long: it may have been passed on. */
const RETRY_SECONDS = 30;

const GAP = Object.fromEntries(OWNER_GAPS.map((gap, index) => [gap, index])) as Record<OwnerGap, number>;

/** Who holds each socket of a table. The columns are indexed by row, and reused by the next update. */
export interface OwnerColumns {
  /** Index into `processes`, or -1. */
  readonly owner: Int32Array;
  /** Why `owner` is -1, an index into OWNER_GAPS; `kernel` for every row with inode 0. */
  readonly ownerGap: Uint8Array;
  /** The owners of this table's sockets. */
  readonly processes: Process[];
  /** Processes whose descriptors may not be read. */
  readonly processesDenied: number;
  /** Capabilities that would help against that and are not held, e.g. CAP_SYS_PTRACE. */
  readonly missingCapabilities: string[];
  /** Not even pid 1 can be seen: `procfs` is mounted with hidepid, and others' processes are not listed. */
  readonly processesHidden: boolean;
}

export interface Owners {
  /** `nowSeconds` is monotonic. Throws where `procfs` cannot be listed. */
  update(table: SocketTable, nowSeconds: number): OwnerColumns;
}

/** One search through all processes for the sockets whose owners are not known. */
interface Round {
  /** Inodes not found yet. */
  readonly wanted: Set<number>;
  /** Those that reading what was denied takes. */
  readonly capabilities: Set<Capability>;
  denied: number;
  /** All processes of this network namespace were walked: few others hold its sockets. */
  walkedOwn: boolean;
}

/**
 * `member`: a process of the network namespace whose sockets they are. `clock` gives monotonic seconds; it measures what
 * walking costs.
 */
export function createOwners(
  procfs: string,
  member: number | 'self' = 'self',
  clock = () => performance.now() / 1000,
): Owners {
  return new SocketOwners(procfs, member, clock);
}

class SocketOwners implements Owners {
  private readonly procfs: string;
  private readonly member: number | 'self';
  private readonly clock: () => number;
  /** Sockets of any kind, by inode; of several holders of one the lowest pid that is known. */
  private readonly byInode = new InodeHolders<KnownProcess>();
  private readonly known: KnownProcesses;
  /** When every process was searched for an inode in vain. */
  private readonly missedAtSeconds = new Map<number, number>();
  private round: Round | undefined;
  private steps: Generator<undefined, boolean> | undefined;
  private isFirstRound = true;
  private creditSeconds = 0;
  private lastSeconds: number | undefined;
  private updates = 0;
  private owner = new Int32Array(0);
  private ownerGap = new Uint8Array(0);
  private processesDenied = 0;
  private missingCapabilities: string[] = [];
  private processesHidden = false;

  constructor(procfs: string, member: number | 'self', clock: () => number) {
    this.procfs = procfs;
    this.member = member;
    this.clock = clock;
    this.known = new KnownProcesses(procfs);
  }

  update(table: SocketTable, nowSeconds: number): OwnerColumns {
    this.updates++;
    this.earn(nowSeconds);
    if (this.owner.length < table.count) {
      this.owner = new Int32Array(table.capacity);
      this.ownerGap = new Uint8Array(table.capacity);
    }
    const processes: KnownProcess[] = [];
    const unknownRows: number[] = [];
    for (let row = 0; row < table.count; row++) {
      if (table.inode[row] === 0) this.setUnowned(row, 'kernel');
      else if (!this.attribute(table, row, processes)) unknownRows.push(row);
    }
    this.search(table, unknownRows, processes, nowSeconds);
    for (const row of unknownRows) {
      if (!this.attribute(table, row, processes)) this.setUnowned(row, this.whyUnknown(table.inode[row]!));
    }
    this.known.refresh(processes, nowSeconds);
    this.prune(table, unknownRows);
    const { owner, ownerGap, processesDenied, missingCapabilities, processesHidden } = this;
    return { owner, ownerGap, processes, processesDenied, missingCapabilities, processesHidden };
  }

  private attribute(table: SocketTable, row: number, processes: KnownProcess[]): boolean {
    const process = this.byInode.get(table.inode[row]!);
    if (!process || process.gone) return false;
    if (process.update !== this.updates) {
      process.update = this.updates;
      process.hasCloseWait = false;
      process.index = processes.length;
      processes.push(process);
    }
    if (table.state[row] === KERNEL_STATE.CLOSE_WAIT) process.hasCloseWait = true;
    this.owner[row] = process.index;
    this.ownerGap[row] = GAP.none;
    return true;
  }

  private setUnowned(row: number, gap: OwnerGap): void {
    this.owner[row] = -1;
    this.ownerGap[row] = GAP[gap];
  }

  private whyUnknown(inode: number): OwnerGap {
    if (!this.missedAtSeconds.has(inode)) return 'pending';
    return this.processesDenied > 0 || this.processesHidden ? 'permission' : 'not_found';
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.lastSeconds ?? nowSeconds)) * WALK_SHARE;
    this.lastSeconds = nowSeconds;
    // An interval's worth can always be saved up, however long the interval.
    this.creditSeconds = Math.min(this.creditSeconds + earned, Math.max(earned, MAX_CREDIT_SECONDS));
  }

  /** Goes on with the present round, or begins one if there is anything to look for, as far as the credit goes. */
  private search(
    table: SocketTable,
    unknownRows: readonly number[],
    owners: readonly KnownProcess[],
    nowSeconds: number,
  ): void {
    this.dropClosed(table, unknownRows);
    this.round ??= this.begin(table, unknownRows, nowSeconds);
    const { round } = this;
    if (!round) return;
    this.steps ??= this.walkAll(round, new Set(owners.map(({ pid }) => pid)));
    let spent = 0;
    for (;;) {
      // The processes of this namespace are first walked at once, at any cost: until then no owner is known at all.
      const isFree = this.isFirstRound && !round.walkedOwn;
      if (!isFree && spent >= this.creditSeconds) break;
      const begin = this.clock();
      const step = this.steps.next();
      if (!isFree) spent += this.clock() - begin;
      if (!step.done) continue;
      this.finish(round, step.value, nowSeconds);
      break;
    }
    this.creditSeconds -= spent;
  }

  /** Sockets that were closed before they were found would keep the round going to its end, and newer ones waiting. */
  private dropClosed(table: SocketTable, unknownRows: readonly number[]): void {
    if (!this.round) return;
    const unknown = new Set(unknownRows.map((row) => table.inode[row]!));
    for (const inode of this.round.wanted) if (!unknown.has(inode)) this.round.wanted.delete(inode);
  }

  private begin(table: SocketTable, unknownRows: readonly number[], nowSeconds: number): Round | undefined {
    const wanted = new Set<number>();
    for (const row of unknownRows) {
      const inode = table.inode[row]!;
      const missedAt = this.missedAtSeconds.get(inode);
      if (missedAt === undefined || nowSeconds - missedAt >= RETRY_SECONDS) wanted.add(inode);
    }
    if (wanted.size === 0 && !this.isFirstRound) return undefined;
    return { wanted, capabilities: new Set(), denied: 0, walkedOwn: false };
  }

  /**
   * Those that have sockets of this table first, since they are likely to have the new ones too; then those of this network
   * namespace, or of one that may not be known; then the others, since descriptors can be passed on. Returns whether all
   * were walked: a round ends when it has found what it wanted, the first one not before it has met its own namespace's.
   */
  private *walkAll(round: Round, owners: ReadonlySet<number>): Generator<undefined, boolean> {
    const pids = listPids(this.procfs);
    this.known.forgetAllBut(pids);
    this.processesHidden = pids[0] !== 1 || !this.isVisible(1);
    const own = networkNamespace(this.procfs, this.member);
    const rank = (pid: number) => {
      if (owners.has(pid)) return 0;
      const theirs = networkNamespace(this.procfs, pid);
      return theirs === own || theirs === null ? 1 : 2;
    };
    const ranked = pids.map((pid) => ({ pid, rank: rank(pid) })).sort((a, b) => a.rank - b.rank);
    for (const { pid, rank } of ranked) {
      round.walkedOwn = rank === 2;
      if (round.wanted.size === 0 && !(this.isFirstRound && rank < 2)) return false;
      this.note(round, pid, yield* walkDescriptors(this.procfs, pid));
      yield;
    }
    return true;
  }

  private note(round: Round, pid: number, walk: Walk): void {
    if (walk.outcome === 'gone') {
      this.known.forget(pid);
    } else if (walk.outcome === 'denied') {
      round.denied++;
      for (const capability of walk.capabilities) round.capabilities.add(capability);
    } else if (walk.inodes.length > 0) {
      const process = this.known.remember(pid, walk.stat);
      if (!process) return;
      for (const inode of walk.inodes) {
        round.wanted.delete(inode);
        const holder = this.byInode.get(inode);
        if (!holder || holder.gone || holder.pid > pid) this.byInode.set(inode, process);
      }
    }
  }

  private finish(round: Round, walkedAll: boolean, nowSeconds: number): void {
    this.round = undefined;
    this.steps = undefined;
    this.isFirstRound = false;
    if (walkedAll) for (const inode of round.wanted) this.missedAtSeconds.set(inode, nowSeconds);
    if (!walkedAll && !round.walkedOwn) return;
    this.processesDenied = round.denied;
    this.missingCapabilities = [...round.capabilities]
      .filter((capability) => !hasCapability(this.procfs, capability))
      .sort();
  }

  private isVisible(pid: number): boolean {
    try {
      readStat(this.procfs, pid);
      return true;
    } catch {
      return false;
    }
  }

  /** Drops what is remembered of sockets that are no more, once it is the larger part. */
  private prune(table: SocketTable, unknownRows: readonly number[]): void {
    if (this.byInode.size > 2 * table.count + 4096) {
      this.byInode.keepOnly(new Set(table.inode.subarray(0, table.count)));
    }
    if (this.missedAtSeconds.size > 2 * unknownRows.length) {
      const unknown = new Set(unknownRows.map((row) => table.inode[row]!));
      for (const inode of this.missedAtSeconds.keys())
        if (!unknown.has(inode)) this.missedAtSeconds.delete(inode);
    }
  }
}
