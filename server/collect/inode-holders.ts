const MIN_SLOTS = 1024;

/** 2^32 divided by the golden ratio: its multiples spread numbers that follow each other evenly. Nobody can choose an inode. */
const SPREAD = 0x9e3779b1;

/**
 * Who holds each inode: a hash table over typed arrays, since this is asked for very many rows of a pass, and a Map of
 * 100,000 inodes takes five times as long to ask. Each inode is stamped with the number of the update that last met it,
 * 0 before the first; the two stand beside each other, so that one look into memory finds both.
 */
export class InodeHolders<T> {
  /** Inode and stamp of each slot; an inode of 0, which is no socket's, marks a free one. */
  private words = new Uint32Array(2 * MIN_SLOTS);
  private holders: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS);
  private mask = MIN_SLOTS - 1;
  private shift = Math.clz32(MIN_SLOTS - 1);
  size = 0;

  get(inode: number): T | undefined {
    return this.holders[this.slotOf(inode)];
  }

  /** The same, of a socket that this update has met. */
  meet(inode: number, update: number): T | undefined {
    const slot = this.slotOf(inode);
    this.words[2 * slot + 1] = update;
    return this.holders[slot];
  }

  wasMet(inode: number, update: number): boolean {
    const slot = this.slotOf(inode);
    return this.words[2 * slot] !== 0 && this.words[2 * slot + 1] === update;
  }

  /** undefined: nobody any more. */
  set(inode: number, holder: T | undefined): void {
    let slot = this.slotOf(inode);
    if (this.words[2 * slot] === 0) {
      if (holder === undefined) return;
      if (this.size >= this.holders.length / 2) {
        this.rebuild(this.holders.length * 2, () => true);
        slot = this.slotOf(inode);
      }
      this.words[2 * slot] = inode;
      this.words[2 * slot + 1] = 0;
      this.size++;
    }
    this.holders[slot] = holder;
  }

  /** Forgets all that were last met before an update, and gives back the memory that they took. */
  keepSince(update: number): void {
    let kept = 0;
    for (let at = 0; at < this.words.length; at += 2) {
      if (this.words[at] !== 0 && this.words[at + 1]! >= update) kept++;
    }
    let slots = MIN_SLOTS;
    while (slots < kept * 4) slots *= 2;
    this.rebuild(slots, (stamp) => stamp >= update);
  }

  /** The slot that has the inode, or the free one where it would go. */
  private slotOf(inode: number): number {
    const { words, mask } = this;
    let slot = Math.imul(inode, SPREAD) >>> this.shift;
    while (words[2 * slot] !== 0 && words[2 * slot] !== inode) slot = (slot + 1) & mask;
    return slot;
  }

  private rebuild(slots: number, keep: (stamp: number) => boolean): void {
    const { words, holders } = this;
    this.words = new Uint32Array(2 * slots);
    this.holders = new Array<T | undefined>(slots);
    this.mask = slots - 1;
    this.shift = Math.clz32(slots - 1);
    this.size = 0;
    for (const [slot, holder] of holders.entries()) {
      const inode = words[2 * slot]!;
      const stamp = words[2 * slot + 1]!;
      if (inode === 0 || holder === undefined || !keep(stamp)) continue;
      this.set(inode, holder);
      this.words[2 * this.slotOf(inode) + 1] = stamp;
    }
  }
}
