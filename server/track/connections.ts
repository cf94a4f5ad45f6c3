import { nextCapacity, type SocketTable } from '../model/socket-table.ts';
import { hashWords, randomSeed } from './words.ts';

/** Ports, family, inode of a socket without a peer, four words of the local and four of the remote address. */
const KEY_WORDS = 11;

/** `servedAt` of a connection of which neither that nor `destination` has been looked up yet. */
export const UNKNOWN = -1;

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
  /** Part of the key; see `portsOf`. */
  ports = new Uint32Array(0);
  /** Monotonic seconds at which it was first seen in its state. */
  since = new Float64Array(0);
  sinceExact = new Uint8Array(0);
  /** The number of the pass that saw it last. */
  pass = new Uint32Array(0);
  timerExpiresMs = new Uint32Array(0);
  /** 1: it came in by a listener; remembered, since the listener may close before its connections. */
  served = new Uint8Array(0);
  /** The row it had when it was last seen; of a free entry the next free one, plus one, or 0. */
  row = new Int32Array(0);
  /** Where it came in, as Listeners numbers places. */
  servedAt = new Int32Array(0);
  /** Where it went out to, as Destinations numbers them. */
  destination = new Int32Array(0);
  /** Entries below it have been used. */
  high = 0;
  live = 0;

  private capacity = 0;
  private keys = new Uint32Array(0);
  private hashes = new Uint32Array(0);
  /** The first free entry below `high`, plus one, or 0. */
  private free = 0;
  /** An entry plus one; 0 is an empty slot. At most half are taken. */
  private slots = new Int32Array(0);
  private readonly key = new Uint32Array(KEY_WORDS);
  private keyHash = 0;
  private readonly seed = randomSeed();

  constructor() {
    this.reserve(64);
  }

  /** Makes a row's key the one that `first`, `after` and `insert` speak of. */
  load(table: SocketTable, row: number): void {
    const { key } = this;
    key[0] = portsOf(table, row);
    key[1] = table.family[row]!;
    key[2] = table.remotePort[row] === 0 ? table.inode[row]! : 0;
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
    if (keys[at] !== portsOf(table, row)) return false;
    if (keys[at + 1] !== table.family[row]) return false;
    if (keys[at + 2] !== (table.remotePort[row] === 0 ? table.inode[row] : 0)) return false;
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
    if (this.free === 0 && this.high === this.capacity) this.reserve(this.high + 1);
    const entry = this.free > 0 ? this.free - 1 : this.high++;
    if (this.free > 0) this.free = this.row[entry]!;
    this.keys.set(this.key, entry * KEY_WORDS);
    this.ports[entry] = this.key[0]!;
    this.hashes[entry] = this.keyHash;
    this.live++;
    this.place(entry);
    return entry;
  }

  /** Another connection of the entry's key begins in it, of which nothing is known yet. */
  begin(entry: number, id: number): void {
    this.id[entry] = id;
    this.cookie[entry] = 0;
    this.served[entry] = 0;
    this.servedAt[entry] = UNKNOWN;
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
    this.row[entry] = this.free;
    this.free = entry + 1;
  }

  /** Makes room for this many entries, keeping those there are. */
  reserve(entries: number): void {
    if (entries <= this.capacity) return;
    const capacity = nextCapacity(this.capacity, entries);
    this.capacity = capacity;
    this.id = copied(this.id, new Float64Array(capacity));
    this.inode = copied(this.inode, new Uint32Array(capacity));
    this.cookie = copied(this.cookie, new Float64Array(capacity));
    this.state = copied(this.state, new Uint8Array(capacity));
    this.ports = copied(this.ports, new Uint32Array(capacity));
    this.since = copied(this.since, new Float64Array(capacity));
    this.sinceExact = copied(this.sinceExact, new Uint8Array(capacity));
    this.pass = copied(this.pass, new Uint32Array(capacity));
    this.timerExpiresMs = copied(this.timerExpiresMs, new Uint32Array(capacity));
    this.served = copied(this.served, new Uint8Array(capacity));
    this.row = copied(this.row, new Int32Array(capacity));
    this.servedAt = copied(this.servedAt, new Int32Array(capacity));
    this.destination = copied(this.destination, new Int32Array(capacity));
    this.keys = copied(this.keys, new Uint32Array(capacity * KEY_WORDS));
    this.hashes = copied(this.hashes, new Uint32Array(capacity));
    let slots = 2;
    while (slots < capacity * 2) slots *= 2;
    this.slots = new Int32Array(slots);
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

/** Both ports of a row as one word. */
export function portsOf(table: SocketTable, row: number): number {
  return ((table.localPort[row]! << 16) | table.remotePort[row]!) >>> 0;
}

function copied<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}
