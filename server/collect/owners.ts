import type { Access } from '../model/observation.ts';
import { OWNER_GAPS } from '../model/snapshot.ts';
import type { OwnerGap, Process } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Holders, KnownProcess } from './known-processes.ts';
import { OwnersSearch, SearchedNamespace } from './owners-search.ts';

const GAP = Object.fromEntries(OWNER_GAPS.map((gap, index) => [gap, index])) as Record<OwnerGap, number>;

/** Who holds each socket of a table. The columns are indexed by row, and valid until the next update of the same key. */
export interface OwnerColumns {
  /** Index into `processes`, or -1; of several holders the lowest pid, which is mostly the one that the others were forked from. */
  readonly owner: Int32Array;
  /** Why `owner` is -1, an index into OWNER_GAPS; `kernel` for every row with inode 0. */
  readonly ownerGap: Uint8Array;
  /** Index into `holderSets`, or -1 where `owner` is. */
  readonly holders: Int32Array;
  /** Processes that hold a socket together, as indices into `processes`, lowest pid first; most are of one. */
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

/** One network namespace, with the columns of its table. */
class Namespace extends SearchedNamespace {
  owner = new Int32Array(0);
  ownerGap = new Uint8Array(0);
  holders = new Int32Array(0);
  holderSets: number[][] = [];
  processes: KnownProcess[] = [];
  /** Of the last update: its number, and the rows that the table had. */
  update = 0;
  rows = 0;

  begin(table: SocketTable, update: number): void {
    this.update = update;
    this.rows = table.count;
    this.holderSets = [];
    this.processes = [];
    if (this.owner.length >= table.count) return;
    this.owner = new Int32Array(table.capacity);
    this.ownerGap = new Uint8Array(table.capacity);
    this.holders = new Int32Array(table.capacity);
  }

  setUnowned(row: number, gap: OwnerGap): void {
    this.owner[row] = -1;
    this.ownerGap[row] = GAP[gap];
    this.holders[row] = -1;
  }
}

class SocketOwners implements Owners {
  private readonly search: OwnersSearch;
  private readonly namespaces = new Map<string, Namespace>();
  private updates = 0;

  constructor(search: OwnersSearch) {
    this.search = search;
  }

  update(table: SocketTable, nowSeconds: number, { key, pids }: NamespaceMembers): OwnerColumns {
    const { search, namespaces } = this;
    const update = ++this.updates;
    let namespace = namespaces.get(key);
    if (!namespace) namespaces.set(key, (namespace = new Namespace()));
    namespace.begin(table, update);

    const unknownRows: number[] = [];
    for (let row = 0; row < table.count; row++) {
      if (table.inode[row] === 0) namespace.setUnowned(row, 'kernel');
      else if (!this.attribute(namespace, table, row)) unknownRows.push(row);
    }
    const unknown = new Set(unknownRows.map((row) => table.inode[row]!));
    const { processes, searchAgainAtSeconds } = namespace;
    const isOneOfSeveral = namespaces.size > 1;
    search.search(namespace, { unknown, owners: processes, pids, update, isOneOfSeveral, nowSeconds });
    const access = search.denials.access();
    const isRestricted = access.processesDenied > 0 || access.processesHidden;
    for (const row of unknownRows) {
      if (this.attribute(namespace, table, row)) continue;
      const isSearched = searchAgainAtSeconds.has(table.inode[row]!);
      namespace.setUnowned(row, !isSearched ? 'pending' : isRestricted ? 'permission' : 'not_found');
    }
    search.known.refresh(processes, nowSeconds);
    for (const inode of searchAgainAtSeconds.keys()) {
      if (!unknown.has(inode)) searchAgainAtSeconds.delete(inode);
    }
    this.prune();
    const { owner, ownerGap, holders, holderSets } = namespace;
    return { owner, ownerGap, holders, holderSets, processes, access };
  }

  forget(key: string): void {
    const namespace = this.namespaces.get(key);
    if (!namespace) return;
    this.namespaces.delete(key);
    this.search.forget(namespace);
  }

  private attribute(namespace: Namespace, table: SocketTable, row: number): boolean {
    const holders = this.search.holders.meet(table.inode[row]!, namespace.update);
    if (!holders) return false;
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

  /** What is remembered of sockets that no table has any more is dropped. */
  private prune(): void {
    let rows = 0;
    let oldest = this.updates;
    for (const namespace of this.namespaces.values()) {
      rows += namespace.rows;
      oldest = Math.min(oldest, namespace.update);
    }
    this.search.holders.prune(rows, oldest);
  }
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
}
