import { InodeHolders } from './inode-holders.ts';
import { holdersOf, type Holders, type KnownProcess } from './known-processes.ts';
import type { HeldSockets } from './process-walk.ts';

/**
 * Sockets that nobody is known to hold, those in common whose search began together: a million of them at once would be a
 * hundred megabytes of sets and maps.
 */
export class Sought {
  /** Infinity while they are searched for. */
  searchAgainAtSeconds = Infinity;
  /** A search has come to its end without them. */
  wasSearched = false;
  /** While they are searched for: how many the newest table has that are not found yet. */
  left = 0;
}

/** Who holds each socket of any kind, by inode. A descriptor is inherited by fork, and can be passed over a unix socket. */
export class SocketHolders {
  private readonly byInode = new InodeHolders<Holders | Sought>();
  /** How often a socket that had holders got others, or none: what it had then tells that in `leftAt`. */
  changes = 0;

  get size(): number {
    return this.byInode.size;
  }

  get(inode: number): Holders | Sought | undefined {
    return this.byInode.get(inode);
  }

  /** Of a socket that this update has met; undefined where nothing is known of it. Holders may be gone. */
  meet(inode: number, update: number): Holders | Sought | undefined {
    return this.byInode.meet(inode, update);
  }

  /** Whether the process alone holds a socket that this update has met, and by one descriptor: that one still leads to it. */
  isSettled(process: KnownProcess, inode: number, update: number): boolean {
    return (
      this.byInode.wasMet(inode, update) &&
      this.byInode.get(inode) === process.alone &&
      !process.duplicated.has(inode)
    );
  }

  /** Whether the process is known to hold all that another does. */
  hasAllOf(process: KnownProcess, { sockets }: KnownProcess): boolean {
    return sockets.inodes.every((inode) => {
      const holders = this.byInode.get(inode);
      return holders !== undefined && !(holders instanceof Sought) && holders.processes.includes(process);
    });
  }

  /** A socket that this update has met is searched for from now on; those that held it, if any did, are gone. */
  seek(inode: number, sought: Sought, update: number): void {
    this.put(inode, sought);
    this.byInode.meet(inode, update);
    sought.left++;
  }

  /** Takes what a walk found: the process holds these, and of those that it held before no others. */
  replace(process: KnownProcess, sockets: HeldSockets): void {
    const held = sockets.inodes.slice().sort();
    const duplicated = new Set<number>();
    for (let i = 1; i < held.length; i++) if (held[i] === held[i - 1]) duplicated.add(held[i]!);

    // One for each set that they were held by, so that sockets with the same holders go on having them in common.
    const without = new Map<Holders, Holders | undefined>();
    for (const inode of process.sockets.inodes) {
      if (isAmong(inode, held)) continue;
      const holders = this.byInode.get(inode);
      if (holders === undefined || holders instanceof Sought) continue;
      if (!without.has(holders)) without.set(holders, leaving(holders, process));
      this.put(inode, without.get(holders));
    }
    const joined = new Map<Holders | undefined, Holders>();
    for (const inode of held) {
      const known = this.byInode.get(inode);
      if (known === process.alone) continue;
      if (known instanceof Sought) known.left--;
      const holders = known instanceof Sought ? undefined : known;
      let all = joined.get(holders);
      if (!all) joined.set(holders, (all = joining(holders, process)));
      this.put(inode, all);
    }
    process.sockets = sockets;
    process.duplicated = duplicated;
  }

  /** Forgets the sockets that no update since this one has met. */
  keepSince(update: number): void {
    this.byInode.keepSince(update);
  }

  private put(inode: number, holders: Holders | Sought | undefined): void {
    const before = this.byInode.get(inode);
    if (before && before !== holders && !(before instanceof Sought)) before.leftAt = ++this.changes;
    this.byInode.set(inode, holders);
  }
}

/** `sorted`: ascending. */
function isAmong(inode: number, sorted: Uint32Array): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < inode) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === inode;
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
  return holdersOf([...others, process].sort(byBeginning));
}

/** A child begins after its parent, or within the same tick; its pid may be the lower one, since pids are used again. */
function byBeginning(a: KnownProcess, b: KnownProcess): number {
  return a.startTimeTicks - b.startTimeTicks || a.pid - b.pid;
}
