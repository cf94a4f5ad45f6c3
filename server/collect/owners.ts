import type { Access } from '../model/observation.ts';
import { OWNER_GAPS } from '../model/snapshot.ts';
import type { OwnerGap, Process } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Holders, KnownProcess } from './known-processes.ts';
import { OwnersSearch, SearchedNamespace } from './owners-search.ts';
import { Sought } from './socket-holders.ts';

const GAP = Object.fromEntries(OWNER_GAPS.map((gap, index) => [gap, index])) as Record<OwnerGap, number>;

/** Who holds each socket of a table. The columns are indexed by row, and valid until the next update of the same key. */
export interface OwnerColumns {
  /** Index into `processes`, or -1; of several holders the longest-running, which is mostly the one that the others were forked from. */
  readonly owner: Int32Array;
  /** Why `owner` is -1, an index into OWNER_GAPS; `kernel` for every row with inode 0. */
  readonly ownerGap: Uint8Array;
  /** Index into `holderSets`, or -1 where `owner` is. */
  readonly holders: Int32Array;
  /** Processes that hold a socket together, as indices into `processes`, the longest-running first; most are of one. */
  readonly holderSets: readonly (readonly number[])[];
  /** The holders of this table's sockets. */
  readonly processes: readonly Process[];
  /** What could not be read, of all network namespaces together. */
  readonly access: Access;
}

/** The processes of the network namespace whose sockets a table has. */
export interface NamespaceMembers {
  /** Names the namespace from pass to pass. */
  readonly key: string;
  /** null: those that share the network namespace of this process; they are found here. */
  readonly pids: readonly number[] | null;
}

export interface Owners {
  /** `nowSeconds` is monotonic, and the same for all tables of one pass. Throws where `procfs` cannot be listed. */
  update(table: SocketTable, nowSeconds: number, members: NamespaceMembers): OwnerColumns;
  /** For a namespace that is gone: gives back what is kept for it. */
  forget(key: string): void;
}

/** For all network namespaces: inodes of sockets are unique on the host. `clock` gives monotonic seconds; it measures what walking costs. */
export function createOwners(procfs: string, clock = () => performance.now() / 1000): Owners {
  return new SocketOwners(new OwnersSearch(procfs, clock));
}

/** So many sockets that are no more may be remembered, beside as many as there are. */
const SPARE_SOCKETS = 4096;

/** So far ahead a socket is looked for where others before it have gone. */
const LOOK_AHEAD = 32;

/** One network namespace, with the columns of its table. */
class Namespace extends SearchedNamespace {
  owner = new Int32Array(0);
  ownerGap = new Uint8Array(0);
  holders = new Int32Array(0);
  holderSets: number[][] = [];
  /** The same sets, as they are remembered from update to update. */
  sets: Holders[] = [];
  processes: KnownProcess[] = [];
  /** Of the last update: its number, its table, and the rows that this had. */
  update = 0;
  table: SocketTable | undefined;
  rows = 0;
  /** The last update that met all sockets of its table by their inodes. */
  metAllAt = 0;
  /** `changes` of the holders when the last update began, and the one before that: what changed since is not in the columns. */
  private changes = 0;
  private changesBefore = 0;
  private holdersBefore = new Int32Array(0);
  private setsBefore: readonly Holders[] = [];
  private inodesBefore = new Uint32Array(0);
  private expected = 0;

  begin(table: SocketTable, update: number, changes: number): void {
    this.update = update;
    // The kernel lists sockets in a lasting order: what followed a socket on the table before follows it again.
    this.inodesBefore =
      this.table && this.table !== table ? this.table.inode.subarray(0, this.rows) : NO_INODES;
    this.changesBefore = this.changes;
    this.changes = changes;
    this.setsBefore = this.sets;
    [this.holders, this.holdersBefore] = [this.holdersBefore, this.holders];
    this.expected = 0;
    this.table = table;
    this.rows = table.count;
    this.holderSets = [];
    this.sets = [];
    this.processes = [];
    if (this.holders.length < table.count) this.holders = new Int32Array(table.capacity);
    if (this.owner.length >= table.count) return;
    this.owner = new Int32Array(table.capacity);
    this.ownerGap = new Uint8Array(table.capacity);
  }

  /** The holders that a socket had on the table before, where its place there is near the one that is expected. */
  holdersOf(inode: number): Holders | undefined {
    const { inodesBefore } = this;
    const end = Math.min(this.expected + LOOK_AHEAD, inodesBefore.length);
    for (let at = this.expected; at < end; at++) {
      if (inodesBefore[at] !== inode) continue;
      this.expected = at + 1;
      const holders = this.setsBefore[this.holdersBefore[at]!];
      return holders && holders.leftAt <= this.changesBefore ? holders : undefined;
    }
    return undefined;
  }

  /** Whether a process could hold the row's socket, and none is known to do so. */
  isUnowned(row: number): boolean {
    return this.owner[row] === -1 && this.ownerGap[row] !== GAP.kernel;
  }

  setUnowned(row: number, gap: OwnerGap): void {
    this.owner[row] = -1;
    this.ownerGap[row] = GAP[gap];
    this.holders[row] = -1;
  }
}

const NO_INODES = new Uint32Array(0);

class SocketOwners implements Owners {
  private readonly search: OwnersSearch;
  private readonly namespaces = new Map<string, Namespace>();
  private updates = 0;
  private prunedSince = 0;

  constructor(search: OwnersSearch) {
    this.search = search;
  }

  update(table: SocketTable, nowSeconds: number, { key, pids }: NamespaceMembers): OwnerColumns {
    const { search, namespaces } = this;
    const update = ++this.updates;
    let namespace = namespaces.get(key);
    if (!namespace) namespaces.set(key, (namespace = new Namespace()));
    namespace.begin(table, update, search.holders.changes);

    search.recount(namespace);
    let unowned = 0;
    let due = 0;
    for (let row = 0; row < table.count; row++) {
      const inode = table.inode[row]!;
      if (inode === 0) {
        namespace.setUnowned(row, 'kernel');
        continue;
      }
      const known = namespace.holdersOf(inode) ?? search.holders.meet(inode, update);
      if (attribute(namespace, table, row, known)) continue;
      namespace.setUnowned(row, 'pending');
      unowned++;
      if (!(known instanceof Sought) || nowSeconds >= known.searchAgainAtSeconds) due++;
      else known.left++;
    }
    const { processes } = namespace;
    search.search(namespace, {
      due,
      eachUnowned: (see) => {
        for (let row = 0; row < table.count; row++) if (namespace.isUnowned(row)) see(table.inode[row]!);
      },
      meetAll: () => this.meetAll(namespace, table),
      owners: processes,
      pids,
      update,
      isOneOfSeveral: namespaces.size > 1,
      nowSeconds,
    });
    const access = search.denials.access();
    const isRestricted = access.processesDenied > 0 || access.processesHidden;
    for (let row = 0; unowned > 0 && row < table.count; row++) {
      if (!namespace.isUnowned(row)) continue;
      unowned--;
      const known = search.holders.get(table.inode[row]!);
      if (attribute(namespace, table, row, known)) continue;
      if (!(known instanceof Sought && known.wasSearched)) continue;
      namespace.setUnowned(row, isRestricted ? 'permission' : 'not_found');
    }
    search.known.refresh(processes, nowSeconds);
    this.prune(namespace, table);
    const { owner, ownerGap, holders, holderSets } = namespace;
    return { owner, ownerGap, holders, holderSets, processes, access };
  }

  forget(key: string): void {
    const namespace = this.namespaces.get(key);
    if (!namespace) return;
    this.namespaces.delete(key);
    this.search.forget(namespace);
  }

  /** What is remembered of sockets that no table has any more is dropped, once it is more than what they have. */
  private prune(namespace: Namespace, table: SocketTable): void {
    const { holders } = this.search;
    let rows = 0;
    for (const each of this.namespaces.values()) rows += each.rows;
    if (holders.size <= 2 * rows + SPARE_SOCKETS) return;
    this.meetAll(namespace, table);
    let oldest = this.updates;
    for (const each of this.namespaces.values()) oldest = Math.min(oldest, each.metAllAt);
    // Until the tables of all namespaces have been met anew, nothing more would go than did the time before.
    if (oldest === this.prunedSince) return;
    this.prunedSince = oldest;
    holders.keepSince(oldest);
  }

  private meetAll(namespace: Namespace, table: SocketTable): void {
    if (namespace.metAllAt === namespace.update) return;
    namespace.metAllAt = namespace.update;
    for (let row = 0; row < table.count; row++) this.search.holders.meet(table.inode[row]!, namespace.update);
  }
}

/** Whether the socket of the row has holders; these are its owners then. */
function attribute(
  namespace: Namespace,
  table: SocketTable,
  row: number,
  holders: Holders | Sought | undefined,
): boolean {
  if (holders === undefined || holders instanceof Sought) return false;
  if (holders.update !== namespace.update) meet(namespace, holders);
  if (holders.index < 0) return false;
  if (table.state[row] === KERNEL_STATE.CLOSE_WAIT) {
    for (const process of holders.processes) process.hasCloseWait = true;
  }
  namespace.owner[row] = holders.owner;
  namespace.ownerGap[row] = GAP.none;
  namespace.holders[row] = holders.index;
  return true;
}

/** Lists them, as far as they are not gone, among the holders of this update. */
function meet(namespace: Namespace, holders: Holders): void {
  holders.update = namespace.update;
  holders.index = -1;
  if (holders.processes.some(({ gone }) => gone)) {
    holders.processes = holders.processes.filter(({ gone }) => !gone);
  }
  const [first] = holders.processes;
  if (!first) return;
  const isShared = holders.processes.length > 1;
  const set: number[] = [];
  for (const process of holders.processes) {
    if (process.update !== namespace.update) {
      process.update = namespace.update;
      process.index = namespace.processes.push(process) - 1;
      process.hasCloseWait = false;
      process.isSharing = false;
    }
    if (isShared) process.isSharing = true;
    set.push(process.index);
  }
  holders.owner = first.index;
  holders.index = namespace.holderSets.push(set) - 1;
  namespace.sets.push(holders);
}
