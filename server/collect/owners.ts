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
/** Likewise, where the processes of other network namespaces were searched too: they may be very many. */
const FAR_RETRY_SECONDS = 300;

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

/** A search through processes for sockets whose owners are not known. */
interface Round {
  /** Inodes not found yet. */
  readonly wanted: Set<number>;
  /** Returns whether all processes were walked: a round ends when it has found what it wanted. */
  readonly steps: Generator<undefined, boolean>;
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
  /** Inodes that were searched for in vain. */
  private readonly searchAgainAtSeconds = new Map<number, number>();
  private near: Round | undefined;
  private far: Round | undefined;
  private farPids: number[] = [];
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
    if (!this.searchAgainAtSeconds.has(inode)) return 'pending';
    return this.processesDenied > 0 || this.processesHidden ? 'permission' : 'not_found';
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.lastSeconds ?? nowSeconds)) * WALK_SHARE;
    this.lastSeconds = nowSeconds;
    // An interval's worth can always be saved up, however long the interval.
    this.creditSeconds = Math.min(this.creditSeconds + earned, Math.max(earned, MAX_CREDIT_SECONDS));
  }

  /**
   * Looks first among the processes of this network namespace, and for what is not there among all others, since descriptors
   * can be passed on: that may take long, and does not hold up the search for newer sockets.
   */
  private search(
    table: SocketTable,
    unknownRows: readonly number[],
    owners: readonly KnownProcess[],
    nowSeconds: number,
  ): void {
    const unknown = new Set(unknownRows.map((row) => table.inode[row]!));
    // What was closed before it was found would keep a round going to its end.
    for (const round of [this.near, this.far]) {
      for (const inode of round?.wanted ?? []) if (!unknown.has(inode)) round?.wanted.delete(inode);
    }
    this.near ??= this.beginNear(unknown, owners, nowSeconds);
    let spent = 0;
    for (let round = this.near ?? this.far; round; round = this.near ?? this.far) {
      // The processes of this namespace are first walked at once, at any cost: until then no owner is known at all.
      const isFree = this.isFirstRound;
      if (!isFree && spent >= this.creditSeconds) break;
      const begin = this.clock();
      const step = round.steps.next();
      if (!isFree) spent += this.clock() - begin;
      if (!step.done) continue;
      if (round === this.near) this.endNear(round, step.value, nowSeconds);
      else this.endFar(round, step.value, nowSeconds);
    }
    this.creditSeconds -= spent;
  }

  private beginNear(
    unknown: ReadonlySet<number>,
    owners: readonly KnownProcess[],
    nowSeconds: number,
  ): Round | undefined {
    const wanted = new Set<number>();
    for (const inode of unknown) {
      if (nowSeconds < (this.searchAgainAtSeconds.get(inode) ?? -Infinity)) continue;
      if (!this.far?.wanted.has(inode)) wanted.add(inode);
    }
    if (wanted.size === 0 && !this.isFirstRound) return undefined;
    return { wanted, steps: this.walkNear(wanted, new Set(owners.map(({ pid }) => pid))) };
  }

  /** Those that have sockets of this table first, since they are likely to have the new ones too. */
  private *walkNear(wanted: Set<number>, owners: ReadonlySet<number>): Generator<undefined, boolean> {
    const pids = listPids(this.procfs);
    this.known.forgetAllBut(pids);
    this.processesHidden = pids[0] !== 1 || !this.isVisible(1);
    const own = networkNamespace(this.procfs, this.member);
    const others: number[] = [];
    this.farPids = [];
    for (const pid of pids) {
      if (owners.has(pid)) continue;
      const theirs = networkNamespace(this.procfs, pid);
      (theirs === own || theirs === null ? others : this.farPids).push(pid);
    }
    const denials: Walk[] = [];
    for (const pid of [...owners, ...others]) {
      if (wanted.size === 0 && !this.isFirstRound) return false;
      const walk = yield* walkDescriptors(this.procfs, pid);
      if (walk.outcome === 'denied') denials.push(walk);
      this.note(wanted, pid, walk);
      yield;
    }
    this.noteDenials(denials);
    return true;
  }

  private endNear({ wanted }: Round, walkedAll: boolean, nowSeconds: number): void {
    this.near = undefined;
    this.isFirstRound = false;
    if (!walkedAll || wanted.size === 0) return;
    if (this.farPids.length > 0 && !this.far) {
      this.far = { wanted, steps: this.walkFar(wanted, this.farPids) };
    } else {
      for (const inode of wanted) this.searchAgainAtSeconds.set(inode, nowSeconds + RETRY_SECONDS);
    }
  }

  private *walkFar(wanted: Set<number>, pids: readonly number[]): Generator<undefined, boolean> {
    for (const pid of pids) {
      if (wanted.size === 0) return false;
      this.note(wanted, pid, yield* walkDescriptors(this.procfs, pid));
      yield;
    }
    return true;
  }

  private endFar({ wanted }: Round, walkedAll: boolean, nowSeconds: number): void {
    this.far = undefined;
    if (!walkedAll) return;
    for (const inode of wanted) this.searchAgainAtSeconds.set(inode, nowSeconds + FAR_RETRY_SECONDS);
  }

  private note(wanted: Set<number>, pid: number, walk: Walk): void {
    if (walk.outcome === 'gone') this.known.forget(pid);
    if (walk.outcome !== 'read' || walk.inodes.length === 0) return;
    const process = this.known.remember(pid, walk.stat);
    if (!process) return;
    for (const inode of walk.inodes) {
      wanted.delete(inode);
      const holder = this.byInode.get(inode);
      if (!holder || holder.gone || holder.pid > pid) this.byInode.set(inode, process);
    }
  }

  private noteDenials(walks: readonly Walk[]): void {
    const capabilities = new Set<Capability>();
    for (const walk of walks) {
      if (walk.outcome === 'denied') for (const each of walk.capabilities) capabilities.add(each);
    }
    this.processesDenied = walks.length;
    this.missingCapabilities = [...capabilities]
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
    if (this.searchAgainAtSeconds.size > 2 * unknownRows.length) {
      const unknown = new Set(unknownRows.map((row) => table.inode[row]!));
      for (const inode of this.searchAgainAtSeconds.keys())
        if (!unknown.has(inode)) this.searchAgainAtSeconds.delete(inode);
    }
  }
}
