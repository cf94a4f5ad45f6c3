import type { Sheet } from '../../../server/model/sheet.ts';

/** Fibonacci hashing: the golden ratio as a fraction of 2³². */
const GOLDEN = 0x9e37_79b1;

/**
 * Finds the row of an id in a sheet: open addressing over typed arrays, since a Map of 100,000 numbers costs four times as
 * much to fill, and garbage with every pass.
 */
export class RowIndex {
  readonly #id: Float64Array;
  /** Low words of the ids, which count up: they alone tell nearly all of them apart. */
  readonly #words: Uint32Array;
  /** A row plus one; 0 is an empty slot. At most half are taken. */
  readonly #slots: Int32Array;
  readonly #shift: number;

  constructor(id: Float64Array) {
    const bits = Math.max(4, 33 - Math.clz32(Math.max(1, id.length - 1)));
    this.#id = id;
    this.#words = new Uint32Array(id.buffer, id.byteOffset, id.length * 2);
    this.#slots = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    const mask = this.#slots.length - 1;
    for (let row = 0; row < id.length; row++) {
      let slot = this.#home(this.#words, row);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row + 1;
    }
  }

  /** -1: it is not there. */
  rowOf(id: number): number {
    const one = Float64Array.of(id);
    return this.#find(new Uint32Array(one.buffer), 0, id);
  }

  /** For each row of other ids its row here, or -1. */
  rowsOf(id: Float64Array): Int32Array {
    const words = new Uint32Array(id.buffer, id.byteOffset, id.length * 2);
    const rows = new Int32Array(id.length);
    for (let row = 0; row < id.length; row++) rows[row] = this.#find(words, row, id[row]!);
    return rows;
  }

  #find(words: Uint32Array, at: number, id: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#home(words, at);
    for (let taken = this.#slots[slot]!; taken !== 0; taken = this.#slots[slot]!) {
      if (this.#id[taken - 1] === id) return taken - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #home(words: Uint32Array, row: number): number {
    const word = words[row * 2]! ^ words[row * 2 + 1]!;
    return Math.imul(word, GOLDEN) >>> this.#shift;
  }
}

/** How a sheet differs from one with the same question before it. */
export interface SheetChanges {
  /** Of each row of the new sheet its row in the one before, or -1. */
  readonly rowBefore: Int32Array;
  readonly fresh: number;
  readonly gone: number;
  /** In another state. */
  readonly moved: number;
}

export function changesBetween(before: Sheet, index: RowIndex, after: Sheet): SheetChanges {
  const rowBefore = index.rowsOf(after.id);
  let kept = 0;
  let moved = 0;
  for (let row = 0; row < rowBefore.length; row++) {
    const old = rowBefore[row]!;
    if (old < 0) continue;
    kept++;
    if (before.state[old] !== after.state[row]) moved++;
  }
  return { rowBefore, fresh: after.rows - kept, gone: before.rows - kept, moved };
}
