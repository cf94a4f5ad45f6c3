import { endianness } from 'node:os';
import { TIMER, TIMER_KINDS, type SocketTable } from '../model/socket-table.ts';
import { foldKernelState } from '../model/state.ts';

/**
 * The messages of sock_diag(7), as bytes. Numbers are in the machine's order, addresses and ports in network order.
 * Source: include/uapi/linux/netlink.h, sock_diag.h and inet_diag.h.
 */

const LITTLE_ENDIAN = endianness() === 'LE';

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;

/** Types of messages. */
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSG_OVERRUN = 4;
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;

/** Flags of messages. */
const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;

/** struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port id. */
const HEADER_BYTES = 16;
/** struct inet_diag_req: family, prefix lengths, extensions; inet_diag_sockid; states; tables. */
const DUMP_REQUEST_BYTES = HEADER_BYTES + 4 + 48 + 4 + 4;
/** struct inet_diag_req_v2: family, protocol, extensions, padding; states; inet_diag_sockid. */
const GET_REQUEST_BYTES = HEADER_BYTES + 4 + 4 + 48;
/** A message with a struct inet_diag_msg; attributes follow. */
export const SOCKET_BYTES = HEADER_BYTES + 72;

/** Words of 32 bits from the start of a message with a struct inet_diag_msg. */
const WORD = {
  /** Family, state, timer, retransmissions or probes: a byte each. */
  kind: 4,
  /** Source and destination, 16 bits each. */
  ports: 5,
  source: 6,
  destination: 10,
  cookieLow: 15,
  cookieHigh: 16,
  expires: 17,
  rqueue: 18,
  wqueue: 19,
  uid: 20,
  inode: 21,
} as const;

/** Extensions to ask for: 1 << (number - 1). */
const EXTENSIONS = { info: 2, cong: 4, skMemInfo: 7 } as const;

/** All states of the kernel: 1 to 12, and 13, bound and not connected, which no other listing shows. */
export const ALL_STATES = 0x3ffe;

/**
 * Asks for all sockets in these states (bit n: state n), of both families in one walk of the kernel's tables. The request
 * that takes a family, SOCK_DIAG_BY_FAMILY, needs two; this is the older one, which every kernel with sock_diag knows.
 */
export function dumpRequest(sequence: number, states: number): Uint8Array {
  const view = requestOf(DUMP_REQUEST_BYTES, TCPDIAG_GETSOCK, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  view.setUint32(HEADER_BYTES + 4 + 48, states, LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}

/** Asks for one row's socket, with all that the kernel tells of it. The row must have a cookie. */
export function socketRequest(sequence: number, table: SocketTable, row: number): Uint8Array {
  const view = requestOf(GET_REQUEST_BYTES, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, sequence);
  const ipv4 = table.family[row] === 4;
  view.setUint8(16, ipv4 ? AF_INET : AF_INET6);
  view.setUint8(17, IPPROTO_TCP);
  const { info, cong, skMemInfo } = EXTENSIONS;
  view.setUint8(18, (1 << (info - 1)) | (1 << (cong - 1)) | (1 << (skMemInfo - 1)));
  view.setUint32(20, ALL_STATES, LITTLE_ENDIAN);
  view.setUint16(24, table.localPort[row]!);
  view.setUint16(26, table.remotePort[row]!);
  for (let word = 0; word < 4; word++) {
    const at = row * 4 + (ipv4 ? 3 : word);
    if (ipv4 && word > 0) break;
    view.setUint32(28 + word * 4, table.localAddress[at]!);
    view.setUint32(44 + word * 4, table.remoteAddress[at]!);
  }
  const cookie = table.cookie[row]!;
  view.setUint32(64, cookie % 0x1_0000_0000, LITTLE_ENDIAN);
  view.setUint32(68, Math.floor(cookie / 0x1_0000_0000), LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}

function requestOf(bytes: number, type: number, flags: number, sequence: number): DataView {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint32(0, bytes, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, flags, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  return view;
}

/** Where replies are received: one memory, seen as bytes, half-words and words. */
export class ReplyBuffer {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;

  /** `size` is a multiple of four. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.halves = new Uint16Array(this.bytes.buffer);
    this.words = new Uint32Array(this.bytes.buffer);
  }
}

/** Which messages are the replies to a request: others are passed over. */
export interface Expected {
  readonly sequence: number;
  readonly portId: number;
}

/** What the messages of a datagram, or of several, say beside the sockets in them. */
export interface Replies {
  /** The last message of the dump was among them. */
  done: boolean;
  /** The kernel says that its tables changed in a way that makes the dump inconsistent. */
  interrupted: boolean;
  /** errno of an error that the kernel reports, 0 for none. */
  errno: number;
  /** The bytes are no messages, or the kernel lost some: nothing behind them can be understood. */
  malformed: boolean;
  /** Messages with a socket that makes no sense; they are skipped. */
  badRows: number;
}

export function noReplies(): Replies {
  return { done: false, interrupted: false, errno: 0, malformed: false, badRows: 0 };
}

/**
 * Takes the messages in the first `length` bytes: calls `socket` with the first word of each that has a struct inet_diag_msg
 * whole, and notes in `replies` what the others say. Bytes from elsewhere do no harm: all is checked before it is read.
 */
export function eachSocket(
  buffer: ReplyBuffer,
  length: number,
  { sequence, portId }: Expected,
  replies: Replies,
  socket: (word: number, bytes: number) => void,
): void {
  const { words, halves } = buffer;
  for (let at = 0; at < length;) {
    const word = at >> 2;
    const bytes = at + HEADER_BYTES <= length ? words[word]! : 0;
    if (bytes < HEADER_BYTES || at + bytes > length) {
      replies.malformed = true;
      return;
    }
    at += (bytes + 3) & ~3;
    if (words[word + 2] !== sequence || words[word + 3] !== portId) continue;
    const type = halves[word * 2 + 2]!;
    if ((halves[word * 2 + 3]! & NLM_F_DUMP_INTR) !== 0) replies.interrupted = true;
    if (type === TCPDIAG_GETSOCK || type === SOCK_DIAG_BY_FAMILY) {
      if (bytes >= SOCKET_BYTES) socket(word, bytes);
      else replies.badRows++;
    } else if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      // Both begin with a number: 0, or an error as a negative one. The oldest kernels send none with the end.
      if (bytes >= HEADER_BYTES + 4) replies.errno ||= Math.abs(words[word + 4]! | 0);
      else if (type === NLMSG_ERROR) replies.malformed = true;
      if (type === NLMSG_DONE) replies.done = true;
    } else if (type === NLMSG_OVERRUN) replies.malformed = true;
  }
}

/** Appends the socket in the message at `word` as a row; false where it makes no sense. */
export function appendSocket(buffer: ReplyBuffer, word: number, table: SocketTable): boolean {
  const { bytes, words } = buffer;
  const kind = (word + WORD.kind) * 4;
  const family = bytes[kind];
  const state = foldKernelState(bytes[kind + 1]!);
  const timer = bytes[kind + 2]!;
  if ((family !== AF_INET && family !== AF_INET6) || state === 0 || timer >= TIMER_KINDS.length) return false;

  const row = table.count;
  if (row === table.capacity) table.reserve(row + 1);
  table.count++;
  table.family[row] = family === AF_INET ? 4 : 6;
  table.state[row] = state;
  readAddress(words, word + WORD.source, family, table.localAddress, row * 4);
  readAddress(words, word + WORD.destination, family, table.remoteAddress, row * 4);
  const ports = (word + WORD.ports) * 4;
  table.localPort[row] = (bytes[ports]! << 8) | bytes[ports + 1]!;
  table.remotePort[row] = (bytes[ports + 2]! << 8) | bytes[ports + 3]!;
  table.recvQueueBytes[row] = words[word + WORD.rqueue]!;
  table.sendQueueBytes[row] = words[word + WORD.wqueue]!;
  const unanswered = bytes[kind + 3]!;
  const probing = timer === TIMER.keepalive || timer === TIMER.probe;
  table.timer[row] = timer;
  table.timerExpiresMs[row] = timer === TIMER.none ? 0 : words[word + WORD.expires]!;
  table.retransmits[row] = probing ? 0 : unanswered;
  table.probes[row] = probing ? unanswered : 0;
  table.uid[row] = words[word + WORD.uid]!;
  table.inode[row] = words[word + WORD.inode]!;
  table.cookie[row] = words[word + WORD.cookieHigh]! * 0x1_0000_0000 + words[word + WORD.cookieLow]!;
  return true;
}

function readAddress(words: Uint32Array, at: number, family: number, to: Uint32Array, row: number): void {
  if (family === AF_INET) {
    to[row] = 0;
    to[row + 1] = 0;
    to[row + 2] = 0xffff;
    to[row + 3] = fromNetwork(words[at]!);
    return;
  }
  for (let word = 0; word < 4; word++) to[row + word] = fromNetwork(words[at + word]!);
}

function fromNetwork(value: number): number {
  if (!LITTLE_ENDIAN) return value;
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
