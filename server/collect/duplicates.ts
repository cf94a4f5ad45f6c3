import type { SocketTable } from '../model/socket-table.ts';

/**
 * Finds rows of the same socket. The kernel resumes a listing by bucket and offset, so a socket can be listed twice
 * when others come and go meanwhile. Open addressing over one Int32Array, kept from pass to pass.
 */
export class DuplicateRemover {
  /** Row + 1 of the table, 0 where free; a power of two, at most half full. */
  private slots = new Int32Array(2048);
  /** Peers choose their addresses and ports: without a secret they could choose ones that collide. */
  private readonly seed = Math.floor(Math.random() * 0x1_0000_0000) | 0;

  /**
   * Keeps one row of each socket, the one listed last (its state is the newest), in the place of the first, and closes
   * the gaps. Returns the number of rows removed.
   */
  remove(table: SocketTable): number {
    this.slots = clearedSlots(this.slots, table.count);
    let kept = 0;
    for (let row = 0; row < table.count; row++) {
      const slot = this.find(table, row);
      const earlier = this.slots[slot]! - 1;
      const to = earlier >= 0 ? earlier : kept;
      if (to !== row) table.copyRow(row, to);
      if (earlier < 0) this.slots[slot] = ++kept;
    }
    const removed = table.count - kept;
    table.count = kept;
    return removed;
  }

  /** The slot that holds a row of the same socket, or the free one where it belongs. */
  private find(table: SocketTable, row: number): number {
    const mask = this.slots.length - 1;
    let slot = hash(table, row, this.seed) & mask;
    for (;;) {
      const other = this.slots[slot]! - 1;
      if (other < 0 || isSameSocket(table, row, other)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}

/**
 * Same family and addresses, and not two inodes: listeners with SO_REUSEPORT share their address, sockets bound to
 * different devices even both. Inode 0 says nothing, since one socket has it before accept() and after close().
 */
function isSameSocket(table: SocketTable, a: number, b: number): boolean {
  const { localAddress: local, remoteAddress: remote } = table;
  const inodeA = table.inode[a];
  const inodeB = table.inode[b];
  return (
    table.remotePort[a] === table.remotePort[b] &&
    table.localPort[a] === table.localPort[b] &&
    table.family[a] === table.family[b] &&
    remote[a * 4 + 3] === remote[b * 4 + 3] &&
    remote[a * 4 + 2] === remote[b * 4 + 2] &&
    remote[a * 4 + 1] === remote[b * 4 + 1] &&
    remote[a * 4] === remote[b * 4] &&
    local[a * 4 + 3] === local[b * 4 + 3] &&
    local[a * 4 + 2] === local[b * 4 + 2] &&
    local[a * 4 + 1] === local[b * 4 + 1] &&
    local[a * 4] === local[b * 4] &&
    (inodeA === inodeB || inodeA === 0 || inodeB === 0)
  );
}

function hash(table: SocketTable, row: number, seed: number): number {
  const { localAddress: local, remoteAddress: remote } = table;
  const at = row * 4;
  let h = mix(seed ^ (table.localPort[row]! << 16) ^ table.remotePort[row]!);
  h = mix(h ^ local[at + 3]!);
  h = mix(h ^ remote[at + 3]!);
  // The upper words tell IPv6 addresses apart; those of IPv4 are all alike.
  if (table.family[row] === 6) {
    for (let word = 0; word < 3; word++) h = mix(mix(h ^ local[at + word]!) ^ remote[at + word]!);
  }
  return h;
}

/** The finalizer of MurmurHash3: every bit of the input sways every bit of the output. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** All slots free, at least twice as many as there are rows: the same array where it is large enough. */
function clearedSlots(slots: Int32Array<ArrayBuffer>, rows: number): Int32Array<ArrayBuffer> {
  let size = slots.length;
  while (size < rows * 2) size *= 2;
  return size > slots.length ? new Int32Array(size) : slots.fill(0);
}
