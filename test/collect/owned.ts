import type { NamespaceMembers, OwnerColumns } from '../../server/collect/owners.ts';
import { OWNER_GAPS } from '../../server/model/snapshot.ts';
import { SocketTable } from '../../server/model/socket-table.ts';

/** The network namespace that the test runs in, with processes that nobody has listed. */
export const HOST: NamespaceMembers = { key: 'host', pids: null };

/** A table of sockets of which only the inodes matter. */
export function tableOf(...inodes: number[]): SocketTable {
  const table = new SocketTable();
  table.reserve(inodes.length);
  table.count = inodes.length;
  table.inode.set(inodes);
  return table;
}

/** Each row's owner, or the reason why there is none. */
export function ownersOf(columns: OwnerColumns, table: SocketTable): string[] {
  return Array.from({ length: table.count }, (_, row) => {
    const owner = columns.processes[columns.owner[row]!];
    return owner ? `${owner.name}[${owner.pid}]` : OWNER_GAPS[columns.ownerGap[row]!]!;
  });
}

/** The pids of all that hold the socket of a row. */
export function holdersOf({ holders, holderSets, processes }: OwnerColumns, row = 0): number[] {
  return (holderSets[holders[row]!] ?? []).map((index) => processes[index]!.pid);
}
