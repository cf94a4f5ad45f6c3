import { nextCapacity, type SocketTable } from '../model/socket-table.ts';

/** So far ahead a socket is looked for where others before it have gone. */
const LOOK_AHEAD = 32;

/** 2^32 divided by the golden ratio: its multiples spread numbers that follow each other evenly. Nobody can choose a cookie. */
const SPREAD = 0x9e3779b1;

/**
 * Finds rows of the same socket by its cookie; see `DuplicateRemover` for where there is none.
 *
 * The kernel lists sockets in a lasting order, and those of the table before were all different. Rows that follow each other
 * as they did then are different too; only the others need to be looked for in the whole table. A hash of a million cookies
 * would cost more than decoding them, since each look into it misses the processor's cache.
 */
export class CookieDuplicates {
  /** The cookies of the table before. */
  private before = new Float64Array(0);
  private countBefore = 0;

  /**
   * Keeps one row of each socket, the one listed last (its state is the newest), in the place of the first, and closes
   * the gaps. Returns the number of rows removed. A cookie of 0 is like no other.
   */
  remove(table: SocketTable): number {
    const rows = table.count;
    const doubtful = this.doubtful(table);
    if (doubtful.length > 0) keepLast(table, doubtful);
    this.remember(table);
    return rows - table.count;
  }

  /** The cookies that do not come in the order of the table before. */
  private doubtful({ cookie, count }: SocketTable): number[] {
    const { before, countBefore } = this;
    const doubtful: number[] = [];
    let expected = 0;
    for (let row = 0; row < count; row++) {
      const own = cookie[row]!;
      let at = expected;
      const end = Math.min(expected + LOOK_AHEAD, countBefore);
      while (at < end && before[at] !== own) at++;
      if (at < end) expected = at + 1;
      else if (own !== 0) doubtful.push(own);
    }
    return doubtful;
  }

  private remember({ cookie, count }: SocketTable): void {
    if (count > this.before.length) this.before = new Float64Array(nextCapacity(this.before.length, count));
    this.before.set(cookie.subarray(0, count));
    this.countBefore = count;
  }
}

/** Removes all but the last row of each of these cookies; all others are known to have one row. */
function keepLast(table: SocketTable, doubtful: readonly number[]): void {
  let slots = 16;
  while (slots < doubtful.length * 2) slots *= 2;
  const mask = slots - 1;
  const shift = Math.clz32(mask);
  /** A doubtful cookie, 0 where the slot is free; at most half are taken. */
  const cookies = new Float64Array(slots);
  /** Its row, plus one; 0 while it has none. */
  const rows = new Int32Array(slots);
  const slotOf = (own: number) => {
    let slot = Math.imul(own, SPREAD) >>> shift;
    while (cookies[slot] !== 0 && cookies[slot] !== own) slot = (slot + 1) & mask;
    return slot;
  };
  for (const own of doubtful) cookies[slotOf(own)] = own;

  let kept = 0;
  for (let row = 0; row < table.count; row++) {
    const own = table.cookie[row]!;
    const slot = slotOf(own);
    const isDoubtful = own !== 0 && cookies[slot] === own;
    const to = isDoubtful && rows[slot] !== 0 ? rows[slot]! - 1 : kept;
    if (isDoubtful) rows[slot] = to + 1;
    if (to !== row) table.copyRow(row, to);
    if (to === kept) kept++;
  }
  table.count = kept;
}
