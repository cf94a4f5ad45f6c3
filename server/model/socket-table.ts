import { KERNEL_STATE } from './state.ts';

/** `family` of a row: AF_INET as 4, AF_INET6 as 6 (an IPv4-mapped socket is of family 6). */
export type Family = 4 | 6;

/**
 * The timer column of a row. Source: get_tcp4_sock() in net/ipv4/tcp_ipv4.c.
 * `retransmit` is 1, `keepalive` (and SYN-ACK) 2, `time_wait` 3 (also a FIN_WAIT2 mini-socket), `probe` 4 (zero window).
 */
export const TIMER = { none: 0, retransmit: 1, keepalive: 2, time_wait: 3, probe: 4 } as const;
export type TimerKind = keyof typeof TIMER;
export const TIMER_KINDS = Object.keys(TIMER) as TimerKind[];

/**
 * One pass's sockets, as columns: a million objects would cost 500 MB and half a second of collection.
 * The arrays are reused from pass to pass; only rows below `count` hold anything.
 */
export class SocketTable {
  count = 0;
  capacity = 0;
  family = new Uint8Array(0);
  /** Kernel state number, folded to 1..11; see `foldKernelState`. */
  state = new Uint8Array(0);
  /** Four 32-bit words a row, in network order as numbers; IPv4 (and IPv4-mapped) as 0, 0, 0xffff, address. */
  localAddress = new Uint32Array(0);
  remoteAddress = new Uint32Array(0);
  localPort = new Uint16Array(0);
  remotePort = new Uint16Array(0);
  /** Bytes not read yet, the peer's FIN counting as one; for LISTEN the connections waiting in the accept queue. */
  recvQueueBytes = new Uint32Array(0);
  /** Bytes not acknowledged by the peer; for LISTEN the accept queue's maximum, where the source knows it, else 0. */
  sendQueueBytes = new Uint32Array(0);
  timer = new Uint8Array(0);
  /** Milliseconds until the timer fires. */
  timerExpiresMs = new Uint32Array(0);
  /** Unanswered retransmissions (icsk_retransmits, which the kernel keeps in eight bits). */
  retransmits = new Uint8ClampedArray(0);
  /** Unanswered keepalive or zero-window probes (icsk_probes_out, likewise). */
  probes = new Uint8ClampedArray(0);
  uid = new Uint32Array(0);
  /** 0: TIME_WAIT, a request socket, still in an accept queue, or an orphan. */
  inode = new Uint32Array(0);
  /**
   * The kernel's own number of the socket, which it keeps through all its states, after close() too; 0 where the source
   * does not tell. They are counted from 1 at boot, so a double holds them exactly. Source: sock_gen_cookie() in net/core/sock_diag.c.
   */
  cookie = new Float64Array(0);

  constructor(capacity = 64) {
    this.reserve(capacity);
  }

  /** Makes room for `rows` rows, keeping those there are. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const capacity = nextCapacity(this.capacity, rows);
    this.capacity = capacity;
    this.family = grown(this.family, new Uint8Array(capacity));
    this.state = grown(this.state, new Uint8Array(capacity));
    this.localAddress = grown(this.localAddress, new Uint32Array(capacity * 4));
    this.remoteAddress = grown(this.remoteAddress, new Uint32Array(capacity * 4));
    this.localPort = grown(this.localPort, new Uint16Array(capacity));
    this.remotePort = grown(this.remotePort, new Uint16Array(capacity));
    this.recvQueueBytes = grown(this.recvQueueBytes, new Uint32Array(capacity));
    this.sendQueueBytes = grown(this.sendQueueBytes, new Uint32Array(capacity));
    this.timer = grown(this.timer, new Uint8Array(capacity));
    this.timerExpiresMs = grown(this.timerExpiresMs, new Uint32Array(capacity));
    this.retransmits = grown(this.retransmits, new Uint8ClampedArray(capacity));
    this.probes = grown(this.probes, new Uint8ClampedArray(capacity));
    this.uid = grown(this.uid, new Uint32Array(capacity));
    this.inode = grown(this.inode, new Uint32Array(capacity));
    this.cookie = grown(this.cookie, new Float64Array(capacity));
  }

  /** Overwrites row `to`, for which there is room, with row `from` of this table or another. */
  copyRow(from: number, to: number, source: SocketTable = this): void {
    this.family[to] = source.family[from]!;
    this.state[to] = source.state[from]!;
    for (let word = 0; word < 4; word++) {
      this.localAddress[to * 4 + word] = source.localAddress[from * 4 + word]!;
      this.remoteAddress[to * 4 + word] = source.remoteAddress[from * 4 + word]!;
    }
    this.localPort[to] = source.localPort[from]!;
    this.remotePort[to] = source.remotePort[from]!;
    this.recvQueueBytes[to] = source.recvQueueBytes[from]!;
    this.sendQueueBytes[to] = source.sendQueueBytes[from]!;
    this.timer[to] = source.timer[from]!;
    this.timerExpiresMs[to] = source.timerExpiresMs[from]!;
    this.retransmits[to] = source.retransmits[from]!;
    this.probes[to] = source.probes[from]!;
    this.uid[to] = source.uid[from]!;
    this.inode[to] = source.inode[from]!;
    this.cookie[to] = source.cookie[from]!;
  }
}

/** From so many rows on, columns grow by an eighth: doubled, a million rows might take the memory of two. */
const LARGE_ROWS = 256 * 1024;

/** What columns by row, or of something for each row, grow to from `capacity` when they must hold `rows`. */
export function nextCapacity(capacity: number, rows: number): number {
  return Math.max(rows, Math.ceil(capacity * (capacity < LARGE_ROWS ? 2 : 1.125)));
}

function grown<T extends Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array | Float64Array>(
  old: T,
  fresh: T,
): T {
  fresh.set(old);
  return fresh;
}

/** What a read of the sockets gave: the rows, and what was wrong with them. */
export interface SocketRead {
  table: SocketTable;
  /** False where rows are known to be missing: a failed or interrupted read. */
  complete: boolean;
  /** Why `complete` is false: one line that names the file or the system call. */
  incompleteReason?: string;
  duplicates: number;
  /** Rows that could not be parsed; they are skipped. */
  badRows: number;
  /** The first few of them, for the debug log, where the source gives text. */
  badRowSamples: string[];
}

export function isListening(table: SocketTable, row: number): boolean {
  return table.state[row] === KERNEL_STATE.LISTEN;
}
