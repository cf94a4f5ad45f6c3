import type { SocketTable } from '../model/socket-table.ts';
import { clearedSlots } from './duplicates.ts';

/** Finds rows of the same socket by its cookie; see `DuplicateRemover` for where there is none. */
export class CookieDuplicates {
  /** Row + 1 of the table, 0 where free; a power of two, at most half full. */
  private slots = new Int32Array(2048);

  /**
   * Keeps one row of each socket, the one listed last (its state is the newest), in the place of the first, and closes
   * the gaps. Returns the number of rows removed. A cookie of 0 is like no other.
   */
  remove(table: SocketTable): number {
    this.slots = clearedSlots(this.slots, table.count);
    const { slots } = this;
    const { cookie } = table;
    const mask = slots.length - 1;
    let kept = 0;
    for (let row = 0; row < table.count; row++) {
      const own = cookie[row]!;
      let to = kept;
      if (own !== 0) {
        // The kernel counts cookies up, so their low bits fill the slots evenly, and nobody can choose them.
        let slot = own & mask;
        while (slots[slot] !== 0 && cookie[slots[slot]! - 1] !== own) slot = (slot + 1) & mask;
        if (slots[slot] === 0) slots[slot] = kept + 1;
        else to = slots[slot]! - 1;
      }
      if (to !== row) table.copyRow(row, to);
      if (to === kept) kept++;
    }
    const removed = table.count - kept;
    table.count = kept;
    return removed;
  }
}
