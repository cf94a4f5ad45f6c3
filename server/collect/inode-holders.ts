const MIN_SLOTS = 1024;

/**
 * Who holds each inode: a hash table over typed arrays, since this is asked for every row of every pass, and a Map of
 * 100,000 inodes takes five times as long to ask. Inodes are given out one after the other, so their low bits spread well.
 */
export class InodeHolders<T> {
  /** 0, which is no socket's inode, marks a free slot. */
  private inodes = new Uint32Array(MIN_SLOTS);
  private holders: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS);
  private mask = MIN_SLOTS - 1;
  size = 0;

  get(inode: number): T | undefined {
    return this.holders[this.slotOf(inode)];
  }

  set(inode: number, holder: T): void {
    let slot = this.slotOf(inode);
    if (this.inodes[slot] === 0) {
      if (this.size >= this.inodes.length / 2) {
        this.rebuild(this.inodes.length * 2, () => true);
        slot = this.slotOf(inode);
      }
      this.inodes[slot] = inode;
      this.size++;
    }
    this.holders[slot] = holder;
  }

  /** Forgets all other inodes, and gives back the memory that they took. */
  keepOnly(present: ReadonlySet<number>): void {
    let slots = MIN_SLOTS;
    while (slots < present.size * 4) slots *= 2;
    this.rebuild(slots, (inode) => present.has(inode));
  }

  /** The slot that has the inode, or the free one where it would go. */
  private slotOf(inode: number): number {
    let slot = inode & this.mask;
    while (this.inodes[slot] !== 0 && this.inodes[slot] !== inode) slot = (slot + 1) & this.mask;
    return slot;
  }

  private rebuild(slots: number, keep: (inode: number) => boolean): void {
    const { inodes, holders } = this;
    this.inodes = new Uint32Array(slots);
    this.holders = new Array<T | undefined>(slots);
    this.mask = slots - 1;
    this.size = 0;
    for (let slot = 0; slot < inodes.length; slot++) {
      const inode = inodes[slot]!;
      if (inode !== 0 && keep(inode)) this.set(inode, holders[slot]!);
    }
  }
}
