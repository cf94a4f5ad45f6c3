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
  /** Unanswered retransmissions (icsk_retransmits). */
  retransmits = new Uint32Array(0);
  /** Unanswered keepalive or zero-window probes (icsk_probes_out). */
  probes = new Uint32Array(0);
  uid = new Uint32Array(0);
  /** 0: TIME_WAIT, a request socket, still in an accept queue, or an orphan. */
  inode = new Uint32Array(0);
  /**
   * The kernel's own number of the socket, which it keeps through all its states, after close() too; 0 where the source
   * does not tell. They are counted from 1 at boot, so a double holds them exactly. Source: sock_gen_cookie() in net/core/sock_diag.c.
   */
  cookie = new Float64Array(0);

  constructor(capacity = 1024) {
    this.reserve(capacity);
  }

  /** Makes room for `rows` rows, keeping those there are. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const capacity = Math.max(rows, this.capacity * 2);
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
    this.retransmits = grown(this.retransmits, new Uint32Array(capacity));
    this.probes = grown(this.probes, new Uint32Array(capacity));
    this.uid = grown(this.uid, new Uint32Array(capacity));
    this.inode = grown(this.inode, new Uint32Array(capacity));
    this.cookie = grown(this.cookie, new Float64Array(capacity));
  }

  /** Overwrites row `to` with row `from`. */
  copyRow(from: number, to: number): void {
    this.family[to] = this.family[from]!;
    this.state[to] = this.state[from]!;
    this.localAddress.copyWithin(to * 4, from * 4, from * 4 + 4);
    this.remoteAddress.copyWithin(to * 4, from * 4, from * 4 + 4);
    this.localPort[to] = this.localPort[from]!;
    this.remotePort[to] = this.remotePort[from]!;
    this.recvQueueBytes[to] = this.recvQueueBytes[from]!;
    this.sendQueueBytes[to] = this.sendQueueBytes[from]!;
    this.timer[to] = this.timer[from]!;
    this.timerExpiresMs[to] = this.timerExpiresMs[from]!;
    this.retransmits[to] = this.retransmits[from]!;
    this.probes[to] = this.probes[from]!;
    this.uid[to] = this.uid[from]!;
    this.inode[to] = this.inode[from]!;
    this.cookie[to] = this.cookie[from]!;
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(old: T, fresh: T): T {
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
