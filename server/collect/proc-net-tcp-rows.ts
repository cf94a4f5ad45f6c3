import { foldKernelState } from '../model/state.ts';
import { printable } from '../model/printable.ts';
import { TIMER_KINDS } from '../model/socket-table.ts';
import type { Family, SocketTable } from '../model/socket-table.ts';

/** Rows that could not be parsed: how many, and the text of the first few. */
export interface BadRows {
  count: number;
  readonly samples: string[];
}

export interface RowFormat {
  readonly family: Family;
  /** Addresses are printed as words of the host's byte order. */
  readonly littleEndian: boolean;
}

const MAX_SAMPLES = 5;
/** Longer than any row of the kernel's (tcp6: 195 bytes). */
const MAX_SAMPLE_LENGTH = 256;

const NEWLINE = 10;
const SPACE = 32;
const COLON = 58;
const ZERO = 48;
const NINE = 57;

/** What a row that cannot be parsed gives. */
const BAD = -1;

const MAX_UINT32 = 0xffff_ffff;
/** The `tm->when` column is in clock ticks (USER_HZ): 100 a second on every architecture that Node.js runs on. */
const MS_PER_TICK = 10;
/** Columns up to and with `inode`; the kernel prints two more for TIME_WAIT and request sockets, seven for others. */
const COLUMNS_READ = 10;
const SHORT_ROW_COLUMNS = 12;
const FULL_ROW_COLUMNS = 17;

/** The value of two hexadecimal digits, by both bytes at once; -1 where one is none. */
const HEX_PAIR = new Int16Array(65_536).fill(-1);
const HEX_DIGITS = [...'0123456789ABCDEF'].flatMap((digit, value) =>
  [...new Set([digit, digit.toLowerCase()])].map((text) => [text.charCodeAt(0), value] as const),
);
for (const [first, high] of HEX_DIGITS) {
  for (const [second, low] of HEX_DIGITS) HEX_PAIR[(first << 8) | second] = (high << 4) | low;
}

/**
 * Appends the rows of /proc/net/tcp (or tcp6) in `bytes`, from `start` to `end`, to the table. Every row must be whole:
 * the byte before `end` is a newline. A row that cannot be parsed is counted, and the rest goes on.
 * Source: tcp4_seq_show() in net/ipv4/tcp_ipv4.c, tcp6_seq_show() in net/ipv6/tcp_ipv6.c,
 * https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function parseRows(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: RowFormat,
  table: SocketTable,
  bad: BadRows,
): void {
  let at = start;
  while (at < end) {
    if (table.count === table.capacity) table.reserve(table.count + 1);
    let newline = parseRow(bytes, at, format, table, table.count);
    if (newline >= 0) {
      table.count++;
    } else {
      newline = bytes.indexOf(NEWLINE, at);
      noteBadRow(bytes, at, newline, bad);
    }
    at = newline + 1;
  }
}

/** Counts a row that cannot be parsed, and keeps its text if it is among the first. */
export function noteBadRow(bytes: Uint8Array, start: number, end: number, bad: BadRows): void {
  bad.count++;
  if (bad.samples.length >= MAX_SAMPLES) return;
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + MAX_SAMPLE_LENGTH + 1)));
  bad.samples.push(printable(text.trimEnd(), MAX_SAMPLE_LENGTH));
}

/**
 * Reads one row into row `to` of the table, and returns the place of its newline; BAD where a field is not what it should
 * be. No field passes a newline, so none needs to look for the end of the bytes. The kernel prints hexadecimal fields in
 * full width (`%08X`), decimal ones in any.
 */
function parseRow(
  bytes: Uint8Array,
  start: number,
  format: RowFormat,
  table: SocketTable,
  to: number,
): number {
  const indexAt = skipSpaces(bytes, start);
  let at = skipDigits(bytes, indexAt);
  if (at === indexAt || bytes[at] !== COLON) return BAD;
  at = readAddress(bytes, skipSpaces(bytes, at + 1), format, table.localAddress, to * 4);
  const localPort = hex4(bytes, at + 1);
  if (bytes[at] !== COLON || localPort < 0 || bytes[at + 5] !== SPACE) return BAD;
  at = readAddress(bytes, skipSpaces(bytes, at + 5), format, table.remoteAddress, to * 4);
  const remotePort = hex4(bytes, at + 1);
  if (bytes[at] !== COLON || remotePort < 0 || bytes[at + 5] !== SPACE) return BAD;

  at = skipSpaces(bytes, at + 5);
  const state = foldKernelState(hex2(bytes, at));
  if (state === 0 || bytes[at + 2] !== SPACE) return BAD;

  at = skipSpaces(bytes, at + 2);
  const sendQueueBytes = hex8(bytes, at);
  const recvQueueBytes = hex8(bytes, at + 9);
  if (sendQueueBytes < 0 || bytes[at + 8] !== COLON || recvQueueBytes < 0 || bytes[at + 17] !== SPACE)
    return BAD;

  at = skipSpaces(bytes, at + 17);
  const timer = hex2(bytes, at);
  const timerTicks = hex8(bytes, at + 3);
  if (timer < 0 || timer >= TIMER_KINDS.length || bytes[at + 2] !== COLON) return BAD;
  if (timerTicks < 0 || bytes[at + 11] !== SPACE) return BAD;

  at = skipSpaces(bytes, at + 11);
  const retransmits = hex8(bytes, at);
  if (retransmits < 0 || bytes[at + 8] !== SPACE) return BAD;

  const uidAt = skipSpaces(bytes, at + 8);
  const uidEnd = skipDigits(bytes, uidAt);
  const probesAt = skipSpaces(bytes, uidEnd);
  const probesEnd = skipDigits(bytes, probesAt);
  const inodeAt = skipSpaces(bytes, probesEnd);
  const inodeEnd = skipDigits(bytes, inodeAt);
  const uid = decimal(bytes, uidAt, uidEnd);
  const probes = decimal(bytes, probesAt, probesEnd);
  const inode = decimal(bytes, inodeAt, inodeEnd);
  if (uid < 0 || probes < 0 || inode < 0 || bytes[inodeEnd] !== SPACE) return BAD;

  let columns = COLUMNS_READ;
  for (at = skipSpaces(bytes, inodeEnd); bytes[at] !== NEWLINE; at = skipSpaces(bytes, at)) {
    columns++;
    while (bytes[at] !== SPACE && bytes[at] !== NEWLINE) at++;
  }
  if (columns !== SHORT_ROW_COLUMNS && columns < FULL_ROW_COLUMNS) return BAD;

  table.family[to] = format.family;
  table.state[to] = state;
  table.localPort[to] = localPort;
  table.remotePort[to] = remotePort;
  table.sendQueueBytes[to] = sendQueueBytes;
  table.recvQueueBytes[to] = recvQueueBytes;
  table.timer[to] = timer;
  table.timerExpiresMs[to] = Math.min(timerTicks * MS_PER_TICK, MAX_UINT32);
  table.retransmits[to] = retransmits;
  table.uid[to] = uid;
  table.probes[to] = probes;
  table.inode[to] = inode;
  // Not told here, and the table may have been another source's.
  table.cookie[to] = 0;
  return at;
}

/** Reads an address as four words in network order, and returns the place after it; `at` where there is none. */
function readAddress(
  bytes: Uint8Array,
  at: number,
  format: RowFormat,
  words: Uint32Array,
  to: number,
): number {
  const ipv4 = format.family === 4;
  if (ipv4) {
    words[to] = 0;
    words[to + 1] = 0;
    words[to + 2] = 0xffff;
  }
  let next = at;
  for (let word = ipv4 ? 3 : 0; word < 4; word++) {
    const value = hex8(bytes, next);
    if (value < 0) return at;
    words[to + word] = format.littleEndian ? swapBytes(value) : value;
    next += 8;
  }
  return next;
}

function swapBytes(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function skipSpaces(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === SPACE) at++;
  return at;
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

/** An unsigned 32-bit number, or -1. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + bytes[at]! - ZERO;
  return end === start || value > MAX_UINT32 ? -1 : value;
}

/** The value of two hexadecimal digits, or -1; likewise below. */
function hex2(bytes: Uint8Array, at: number): number {
  return HEX_PAIR[(bytes[at]! << 8) | bytes[at + 1]!]!;
}

function hex4(bytes: Uint8Array, at: number): number {
  const high = hex2(bytes, at);
  const low = hex2(bytes, at + 2);
  return (high | low) < 0 ? -1 : (high << 8) | low;
}

function hex8(bytes: Uint8Array, at: number): number {
  const a = hex2(bytes, at);
  const b = hex2(bytes, at + 2);
  const c = hex2(bytes, at + 4);
  const d = hex2(bytes, at + 6);
  return (a | b | c | d) < 0 ? -1 : a * 0x100_0000 + ((b << 16) | (c << 8) | d);
}
