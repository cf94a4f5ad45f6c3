/**
 * The values of one step as bytes: for most series a byte of header and one or two of value.
 * One varint: how many samples most series have, the usual count. Then for each series, in ascending order of its slot:
 *   varint  (slot − slot before) × 8 + flags
 *   varint  its count of samples, if OWN_COUNT
 *   of WHOLE numbers: varint min, and unless CONSTANT varint max − min, varint sum − count × min
 *   of others: float64 min, and unless CONSTANT float64 max, float64 sum
 */
interface Stat {
  /** Samples in the step. */
  count: number;
  min: number;
  max: number;
  /** Of whole numbers it is exact, so that means stay exact through all tiers. */
  sum: number;
}

/** By slot, 0 to SLOTS − 1. */
export type Stats = Map<number, Stat>;

/** Series whose values share a row. */
export const SLOTS = 128;

const CONSTANT = 1;
const WHOLE = 2;
const OWN_COUNT = 4;
const FLAG_STEPS = 8;

/** Bytes that an entry takes at most. */
const MAX_ENTRY = 40;
const scratch = new Uint8Array(SLOTS * MAX_ENTRY + 16);
const view = new DataView(scratch.buffer);

export function encodeStats(stats: Stats): Uint8Array {
  const slots = [...stats.keys()].sort((a, b) => a - b);
  const usual = Math.max(...[...stats.values()].map(({ count }) => count));
  let at = putVarint(0, usual);
  let before = -1;
  for (const slot of slots) {
    const { count, min, max, sum } = stats.get(slot)!;
    const rest = sum - count * min;
    const whole = isCount(min) && isCount(max) && isCount(rest);
    const constant = min === max && (whole ? rest === 0 : sum === count * min);
    const flags = (constant ? CONSTANT : 0) | (whole ? WHOLE : 0) | (count === usual ? 0 : OWN_COUNT);
    at = putVarint(at, (slot - before) * FLAG_STEPS + flags);
    before = slot;
    if (count !== usual) at = putVarint(at, count);
    const put = whole ? putVarint : putFloat;
    at = put(at, min);
    if (!constant) at = put(put(at, whole ? max - min : max), whole ? rest : sum);
  }
  return scratch.slice(0, at);
}

function isCount(value: number): boolean {
  return value >= 0 && Number.isSafeInteger(value) && !Object.is(value, -0);
}

function putVarint(at: number, value: number): number {
  let rest = value;
  while (rest >= 128) {
    scratch[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  scratch[at++] = rest;
  return at;
}

function putFloat(at: number, value: number): number {
  view.setFloat64(at, value);
  return at + 8;
}

/** Where decoding is: not in a closure, since a query decodes millions of entries. */
let source: Uint8Array = scratch;
let position = 0;

function nextVarint(): number {
  let value = 0;
  for (let scale = 1; position < source.length; scale *= 128) {
    const byte = source[position++]!;
    if (byte < 128) return value + byte * scale;
    value += (byte - 128) * scale;
  }
  return value;
}

function nextFloat(): number {
  position += 8;
  if (position > source.length) return NaN;
  return new DataView(source.buffer, source.byteOffset + position - 8, 8).getFloat64(0);
}

/**
 * Tells what is in the bytes, in ascending order of slots up to the last one that is wanted. Bytes that a disk has spoilt
 * may tell anything within the types, or break off; they never throw.
 */
export function decodeStats(
  bytes: Uint8Array,
  visit: (slot: number, count: number, min: number, max: number, sum: number) => void,
  lastSlot = SLOTS - 1,
): void {
  source = bytes;
  position = 0;
  const usual = nextVarint();
  let slot = -1;
  while (position < source.length) {
    const header = nextVarint();
    slot += Math.floor(header / FLAG_STEPS);
    if (!(slot >= 0 && slot <= lastSlot)) return;
    const count = (header & OWN_COUNT) === 0 ? usual : nextVarint();
    const isWhole = (header & WHOLE) !== 0;
    const min = isWhole ? nextVarint() : nextFloat();
    let max = min;
    let sum = count * min;
    if ((header & CONSTANT) === 0) {
      max = isWhole ? min + nextVarint() : nextFloat();
      sum = isWhole ? sum + nextVarint() : nextFloat();
    }
    if (count > 0 && Number.isFinite(sum) && min <= max) visit(slot, count, min, max, sum);
  }
}

/** Adds samples to those of a slot. */
export function addStat(stats: Stats, slot: number, count: number, min: number, max: number, sum: number) {
  const stat = stats.get(slot);
  if (!stat) return void stats.set(slot, { count, min, max, sum });
  stat.count += count;
  stat.min = Math.min(stat.min, min);
  stat.max = Math.max(stat.max, max);
  stat.sum += sum;
}
