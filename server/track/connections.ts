import type { SocketTable } from '../model/socket-table.ts';
import { hashWords, randomSeed } from './words.ts';

/** Family, ports, inode of a socket without a peer, four words of the local and four of the remote address. */
const KEY_WORDS = 11;

/**
 * What is remembered of each socket from pass to pass: a hash table over typed arrays, by family and 4-tuple.
 * The kernel holds one connection of a 4-tuple at a time; sockets without a peer (LISTEN under SO_REUSEPORT) may share
 * theirs, so for them the inode is part of the key. Several entries of one key are possible all the same, since a table is
 * not read at one instant and may show a connection in two states.
 *
 * Freed entries are used again, so churn does not grow it; memory follows the most sockets ever seen at once.
 */
export class Connections {
  /** Never 0 for a live entry; 0 marks a free one. */
  id = new Float64Array(0);
  inode = new Uint32Array(0);
  /** 0 where no source has told it. */
  cookie = new Float64Array(0);
  state = new Uint8Array(0);
  /** Monotonic seconds at which it was first seen in its state. */
  since = new Float64Array(0);
  sinceExact = new Uint8Array(0);
  /** The number of the pass that saw it last. */
  pass = new Uint32Array(0);
  /** Complete passes in a row that did not show it. */
  missed = new Uint8Array(0);
  timerExpiresMs = new Uint32Array(0);
  /** 1: it came in by a listener; remembered, since the listener may close before its connections. */
  served = new Uint8Array(0);
  /** The row it had when it was last seen. */
  row = new Int32Array(0);
  /** Entries below it have been used. */
  high = 0;
  live = 0;

  private capacity = 0;
  private keys = new Uint32Array(0);
  private hashes = new Uint32Array(0);
  private free = new Int32Array(0);
  private freeCount = 0;
  /** An entry plus one; 0 is an empty slot. At most half are taken. */
  private slots = new Int32Array(0);
  private readonly key = new Uint32Array(KEY_WORDS);
  private keyHash = 0;
  private readonly seed = randomSeed();

  constructor() {
    this.reserve(512);
  }

  /** Makes a row's key the one that `first`, `after` and `insert` speak of. */
  load(table: SocketTable, row: number): void {
    const { key } = this;
    const remotePort = table.remotePort[row]!;
    key[0] = table.family[row]!;
    key[1] = (table.localPort[row]! << 16) | remotePort;
    key[2] = remotePort === 0 ? table.inode[row]! : 0;
    for (let i = 0, at = row * 4; i < 4; i++, at++) {
      key[3 + i] = table.localAddress[at]!;
      key[7 + i] = table.remoteAddress[at]!;
    }
    this.keyHash = hashWords(key, KEY_WORDS, this.seed);
  }

  /** Whether an entry has this row's key. */
  isOf(entry: number, table: SocketTable, row: number): boolean {
    const { keys } = this;
    const at = entry * KEY_WORDS;
    const remotePort = table.remotePort[row]!;
    if (keys[at] !== table.family[row]) return false;
    if (keys[at + 1] !== ((table.localPort[row]! << 16) | remotePort) >>> 0) return false;
    if (keys[at + 2] !== (remotePort === 0 ? table.inode[row] : 0)) return false;
    for (let i = 0; i < 4; i++) {
      if (keys[at + 3 + i] !== table.localAddress[row * 4 + i]) return false;
      if (keys[at + 7 + i] !== table.remoteAddress[row * 4 + i]) return false;
    }
    return true;
  }

  /** The slot of the first entry with the loaded key, or -1. */
  first(): number {
    return this.seek(this.keyHash & (this.slots.length - 1));
  }

  after(slot: number): number {
    return this.seek((slot + 1) & (this.slots.length - 1));
  }

  entryAt(slot: number): number {
    return this.slots[slot]! - 1;
  }

  /** A new entry of the loaded key; the caller fills its columns. */
  insert(): number {
    if (this.freeCount === 0 && this.high === this.capacity) this.reserve(this.capacity * 2);
    const entry = this.freeCount > 0 ? this.free[--this.freeCount]! : this.high++;
    this.keys.set(this.key, entry * KEY_WORDS);
    this.hashes[entry] = this.keyHash;
    this.live++;
    this.place(entry);
    return entry;
  }

  remove(entry: number): void {
    const mask = this.slots.length - 1;
    let hole = this.hashes[entry]! & mask;
    while (this.slots[hole] !== entry + 1) hole = (hole + 1) & mask;
    // Entries behind the hole move up, so that no probe ends early; tombstones would pile up under churn.
    for (let slot = (hole + 1) & mask; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.hashes[this.slots[slot]! - 1]! & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.slots[hole] = this.slots[slot]!;
        hole = slot;
      }
    }
    this.slots[hole] = 0;
    this.id[entry] = 0;
    this.live--;
    this.free[this.freeCount++] = entry;
  }

  /** Makes room for this many entries, keeping those there are. */
  reserve(entries: number): void {
    if (entries <= this.capacity) return;
    let capacity = Math.max(512, this.capacity);
    while (capacity < entries) capacity *= 2;
    this.capacity = capacity;
    this.id = copied(this.id, new Float64Array(capacity));
    this.inode = copied(this.inode, new Uint32Array(capacity));
    this.cookie = copied(this.cookie, new Float64Array(capacity));
    this.state = copied(this.state, new Uint8Array(capacity));
    this.since = copied(this.since, new Float64Array(capacity));
    this.sinceExact = copied(this.sinceExact, new Uint8Array(capacity));
    this.pass = copied(this.pass, new Uint32Array(capacity));
    this.missed = copied(this.missed, new Uint8Array(capacity));
    this.timerExpiresMs = copied(this.timerExpiresMs, new Uint32Array(capacity));
    this.served = copied(this.served, new Uint8Array(capacity));
    this.row = copied(this.row, new Int32Array(capacity));
    this.keys = copied(this.keys, new Uint32Array(capacity * KEY_WORDS));
    this.hashes = copied(this.hashes, new Uint32Array(capacity));
    this.free = copied(this.free, new Int32Array(capacity));
    this.slots = new Int32Array(capacity * 2);
    for (let entry = 0; entry < this.high; entry++) if (this.id[entry] !== 0) this.place(entry);
  }

  private seek(slot: number): number {
    const mask = this.slots.length - 1;
    for (let taken = this.slots[slot]!; taken !== 0; taken = this.slots[slot]!) {
      if (this.hashes[taken - 1] === this.keyHash && this.holds(taken - 1)) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  private holds(entry: number): boolean {
    for (let i = 0, at = entry * KEY_WORDS; i < KEY_WORDS; i++, at++) {
      if (this.keys[at] !== this.key[i]) return false;
    }
    return true;
  }

  private place(entry: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashes[entry]! & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = entry + 1;
  }
}

function copied<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}
