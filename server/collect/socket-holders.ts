import { InodeHolders } from './inode-holders.ts';
import { holdersOf, type Holders, type KnownProcess } from './known-processes.ts';
import type { HeldSockets } from './process-walk.ts';

/** Who holds each socket of any kind, by inode. A descriptor is inherited by fork, and can be passed over a unix socket. */
export class SocketHolders {
  private readonly byInode = new InodeHolders<Holders>();

  /** Of a socket that this update has met; undefined where nobody is known to hold it. They may be gone. */
  meet(inode: number, update: number): Holders | undefined {
    return this.byInode.meet(inode, update);
  }

  /** Of a socket whose holders are known from elsewhere. */
  stamp(inode: number, update: number): void {
    this.byInode.meet(inode, update);
  }

  /** As long as it stays the same, a socket has the holders that it had. */
  get changes(): number {
    return this.byInode.changes;
  }

  /** Whether the process alone holds a socket that this update has met, and by one descriptor: that one still leads to it. */
  isSettled(process: KnownProcess, inode: number, update: number): boolean {
    return (
      this.byInode.wasMet(inode, update) &&
      this.byInode.get(inode) === process.alone &&
      !process.duplicated.has(inode)
    );
  }

  /** Takes what a walk found: the process holds these, and of those that it held before no others. */
  replace(process: KnownProcess, sockets: HeldSockets): void {
    const held = new Set<number>();
    const duplicated = new Set<number>();
    for (const inode of sockets.inodes) (held.has(inode) ? duplicated : held).add(inode);

    // One for each set that they were held by, so that sockets with the same holders go on having them in common.
    const without = new Map<Holders, Holders | undefined>();
    for (const inode of process.sockets.inodes) {
      if (held.has(inode)) continue;
      const holders = this.byInode.get(inode);
      if (holders === undefined) continue;
      if (!without.has(holders)) without.set(holders, leaving(holders, process));
      this.byInode.set(inode, without.get(holders));
    }
    const joined = new Map<Holders | undefined, Holders>();
    for (const inode of held) {
      const holders = this.byInode.get(inode);
      if (holders === process.alone) continue;
      let all = joined.get(holders);
      if (!all) joined.set(holders, (all = joining(holders, process)));
      this.byInode.set(inode, all);
    }
    process.sockets = sockets;
    process.duplicated = duplicated;
  }

  /** Forgets the sockets that no update since this one has met, once they are many more than the `present` ones. */
  prune(present: number, since: number): void {
    if (this.byInode.size > 2 * present + 4096) this.byInode.keepSince(since);
  }
}

/** undefined where nobody is left. */
function leaving(holders: Holders, process: KnownProcess): Holders | undefined {
  if (!holders.processes.includes(process)) return holders;
  const left = holders.processes.filter((each) => each !== process && !each.gone);
  return left.length === 1 ? left[0]!.alone : left.length > 0 ? holdersOf(left) : undefined;
}

function joining(holders: Holders | undefined, process: KnownProcess): Holders {
  const others = holders?.processes.filter((each) => !each.gone) ?? [];
  if (holders && others.includes(process)) return holders;
  if (others.length === 0) return process.alone;
  return holdersOf([...others, process].sort((a, b) => a.pid - b.pid));
}
