/** Hashing of keys that are a few 32-bit words: a string per row would cost more than the rest of a pass. */

/**
 * MurmurHash3's mixing, over `width` words from the start of `words`. The seed is chosen at random by each table, since
 * the peers of a connection choose its addresses and ports and could aim at one slot.
 */
export function hashWords(words: Uint32Array, width: number, seed: number): number {
  let hash = seed;
  for (let i = 0; i < width; i++) {
    let word = Math.imul(words[i]!, 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function randomSeed(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}

/**
 * Numbers the distinct keys of one pass from 0, in order of appearance. Fill `key`, then ask for its number.
 * Memory grows by doubling with the most keys seen, and is kept for the next pass.
 */
export class WordIndex {
  readonly key: Uint32Array;
  count = 0;
  private keys: Uint32Array;
  private hashes = new Uint32Array(64);
  /** A key's number plus one; 0 is an empty slot. At most half are taken. */
  private slots = new Int32Array(128);
  private readonly seed = randomSeed();

  constructor(width: number) {
    this.key = new Uint32Array(width);
    this.keys = new Uint32Array(64 * width);
  }

  clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }

  numberOfKey(): number {
    const width = this.key.length;
    const hash = hashWords(this.key, width, this.seed);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (let taken = this.slots[slot]!; taken !== 0; taken = this.slots[slot]!) {
      if (this.hashes[taken - 1] === hash && this.holds(taken - 1)) return taken - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.count++;
    if (number === this.hashes.length) this.grow();
    this.keys.set(this.key, number * width);
    this.hashes[number] = hash;
    this.place(number);
    return number;
  }

  private holds(number: number): boolean {
    const width = this.key.length;
    for (let i = 0, at = number * width; i < width; i++, at++) {
      if (this.keys[at] !== this.key[i]) return false;
    }
    return true;
  }

  private grow(): void {
    const { hashes, keys } = this;
    this.hashes = new Uint32Array(hashes.length * 2);
    this.hashes.set(hashes);
    this.keys = new Uint32Array(keys.length * 2);
    this.keys.set(keys);
    this.slots = new Int32Array(this.slots.length * 2);
    for (let number = 0; number < hashes.length; number++) this.place(number);
  }

  private place(number: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashes[number]! & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = number + 1;
  }
}
