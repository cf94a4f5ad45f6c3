const MIN_SLOTS = 1024;

/**
 * Who holds each inode: a hash table over typed arrays, since this is asked for every row of every pass, and a Map of
 * 100,000 inodes takes five times as long to ask. Inodes are given out one after the other, so their low bits spread well.
 * Each inode is stamped with the number of the update that last met it, 0 before the first.
 */
export class InodeHolders<T> {
  /** 0, which is no socket's inode, marks a free slot. */
  private inodes = new Uint32Array(MIN_SLOTS);
  private stamps = new Uint32Array(MIN_SLOTS);
  private holders: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS);
  private mask = MIN_SLOTS - 1;
  size = 0;

  get(inode: number): T | undefined {
    return this.holders[this.slotOf(inode)];
  }

  /** The same, of a socket that this update has met. */
  meet(inode: number, update: number): T | undefined {
    const slot = this.slotOf(inode);
    this.stamps[slot] = update;
    return this.holders[slot];
  }

  wasMet(inode: number, update: number): boolean {
    const slot = this.slotOf(inode);
    return this.inodes[slot] !== 0 && this.stamps[slot] === update;
  }

  /** undefined: nobody any more. */
  set(inode: number, holder: T | undefined): void {
    let slot = this.slotOf(inode);
    if (this.inodes[slot] === 0) {
      if (holder === undefined) return;
      if (this.size >= this.inodes.length / 2) {
        this.rebuild(this.inodes.length * 2, () => true);
        slot = this.slotOf(inode);
      }
      this.inodes[slot] = inode;
      this.stamps[slot] = 0;
      this.size++;
    }
    this.holders[slot] = holder;
  }

  /** Forgets all that were last met before an update, and gives back the memory that they took. */
  keepSince(update: number): void {
    let kept = 0;
    for (let slot = 0; slot < this.inodes.length; slot++) {
      if (this.inodes[slot] !== 0 && this.stamps[slot]! >= update) kept++;
    }
    let slots = MIN_SLOTS;
    while (slots < kept * 4) slots *= 2;
    this.rebuild(slots, (stamp) => stamp >= update);
  }

  /** The slot that has the inode, or the free one where it would go. */
  private slotOf(inode: number): number {
    let slot = inode & this.mask;
    while (this.inodes[slot] !== 0 && this.inodes[slot] !== inode) slot = (slot + 1) & this.mask;
    return slot;
  }

  private rebuild(slots: number, keep: (stamp: number) => boolean): void {
    const { inodes, stamps, holders } = this;
    this.inodes = new Uint32Array(slots);
    this.stamps = new Uint32Array(slots);
    this.holders = new Array<T | undefined>(slots);
    this.mask = slots - 1;
    this.size = 0;
    for (let slot = 0; slot < inodes.length; slot++) {
      const inode = inodes[slot]!;
      const holder = holders[slot];
      if (inode === 0 || holder === undefined || !keep(stamps[slot]!)) continue;
      this.set(inode, holder);
      this.stamps[this.slotOf(inode)] = stamps[slot]!;
    }
  }
}
