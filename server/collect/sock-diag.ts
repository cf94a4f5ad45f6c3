import { setImmediate } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import type { TcpInfo } from '../model/api.ts';
import { SocketTable } from '../model/socket-table.ts';
import type { SocketRead } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Source } from '../model/units.ts';
import { CookieDuplicates } from './cookie-duplicates.ts';
import {
  ALL_STATES,
  appendSocket,
  dumpRequest,
  eachSocket,
  noReplies,
  ReplyBuffer,
  socketRequest,
} from './inet-diag.ts';
import type { Expected, Replies } from './inet-diag.ts';
import type { NetlinkSocket, OpenNetlink } from './netlink.ts';
import { readTcpInfo } from './tcp-info.ts';

/** The kernel gives no more at once, whatever the buffer. Source: netlink_recvmsg() in net/netlink/af_netlink.c. */
const BUFFER_BYTES = 32 * 1024;
/** About 15 ms of reading: so often an abort is seen and other work gets its turn. */
const RECEIVES_A_TURN = 50;
/** Bounds the memory to 330 MB a table, should a dump never end. */
const MAX_ROWS = 4 * 1024 * 1024;
/** A dump that fails is made again; what makes it fail is mostly gone by then. */
const TRIES = 3;

const ALL_BUT_ESTABLISHED = ALL_STATES & ~(1 << KERNEL_STATE.ESTABLISHED);

/**
 * The sockets of this process's network namespace, by sock_diag(7): cheaper than /proc/net/tcp, with the cookie of each
 * socket, the maximum of each accept queue, and sockets that are bound and no more.
 *
 * One read at a time; `inspect` is possible meanwhile. A dump that fails is made again, `maxTries` times at most.
 */
export function sockDiag(open: OpenNetlink, maxTries = TRIES): Source {
  const dump = new Dialogue(open);
  const inspection = new Dialogue(open);
  const all = { states: ALL_STATES, duplicates: new CookieDuplicates() };
  const unestablished = { states: ALL_BUT_ESTABLISHED, duplicates: new CookieDuplicates() };

  async function read(
    { states, duplicates }: typeof all,
    signal: AbortSignal,
    into: SocketTable,
  ): Promise<SocketRead> {
    let failure: string | undefined;
    let replies: Replies;
    let tries = 0;
    do {
      into.count = 0;
      replies = noReplies();
      failure = await readDump(dump, states, into, replies, signal);
    } while (failure !== undefined && ++tries < maxTries && !signal.aborted);
    // One may be odd; where most are, this is no kernel that can be understood.
    if (replies.badRows > into.count) failure ??= 'sock_diag: most sockets make no sense';
    if (failure !== undefined && into.count === 0) throw new Error(failure);
    return {
      table: into,
      complete: failure === undefined,
      ...(failure !== undefined && { incompleteReason: failure }),
      duplicates: duplicates.remove(into),
      badRows: replies.badRows,
      badRowSamples: [],
    };
  }

  return {
    name: 'sock_diag',
    read: (signal, into = new SocketTable()) => read(all, signal, into),
    readUnestablished: (signal, into = new SocketTable()) => read(unestablished, signal, into),
    inspect: (of, row) => (of.cookie[row] === 0 ? null : inspect(inspection, of, row)),
    close() {
      dump.close();
      inspection.close();
    },
  };
}

/** Requests and their replies over a socket that is opened when it is first needed. */
class Dialogue {
  readonly buffer = new ReplyBuffer(BUFFER_BYTES);
  private readonly open: OpenNetlink;
  private socket: NetlinkSocket | undefined;
  private sequence = 0;

  constructor(open: OpenNetlink) {
    this.open = open;
  }

  request(message: (sequence: number) => Uint8Array): Expected {
    this.sequence = (this.sequence + 1) >>> 0;
    this.socket ??= this.open();
    this.socket.send(message(this.sequence));
    return { sequence: this.sequence, portId: this.socket.portId };
  }

  /** The length of the datagram that is now in the buffer. */
  receive(): number {
    const length = this.socket?.receive(this.buffer.bytes) ?? 0;
    if (length === 0) throw new Error('recv: nothing, where a message was expected');
    if (length > BUFFER_BYTES)
      throw new Error(`recv: a message of ${length} bytes was cut at ${BUFFER_BYTES}`);
    return length;
  }

  /** After every failure: the socket may still hold what is left of a dump. */
  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }
}

/** Appends the rows of one dump; says why it is not whole, or undefined where it is. */
async function readDump(
  dialogue: Dialogue,
  states: number,
  table: SocketTable,
  replies: Replies,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { buffer } = dialogue;
  const append = (word: number) => {
    if (!appendSocket(buffer, word, table)) replies.badRows++;
  };
  try {
    const expected = dialogue.request((sequence) => dumpRequest(sequence, states));
    for (let receives = 1; !replies.done; receives++) {
      if (signal.aborted) throw new Error('reading was stopped before its end');
      eachSocket(buffer, dialogue.receive(), expected, replies, append);
      if (replies.malformed)
        throw new Error('a message that cannot be understood, or a loss that the kernel reports');
      if (replies.errno !== 0) throw new Error(`the kernel answers ${getSystemErrorName(-replies.errno)}`);
      if (Math.max(table.count, receives) > MAX_ROWS) throw new Error(`more than ${MAX_ROWS} rows`);
      if (receives % RECEIVES_A_TURN === 0) await setImmediate();
    }
    if (replies.interrupted)
      throw new Error("the kernel's tables changed while it listed them (NLM_F_DUMP_INTR)");
    return undefined;
  } catch (error) {
    dialogue.close();
    return `sock_diag: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** null where the socket is gone, or nothing is to be had: what fails for good is told by the next dump. */
function inspect(dialogue: Dialogue, table: SocketTable, row: number): TcpInfo | null {
  const { buffer } = dialogue;
  let info: TcpInfo | null = null;
  try {
    const expected = dialogue.request((sequence) => socketRequest(sequence, table, row));
    eachSocket(buffer, dialogue.receive(), expected, noReplies(), (word, bytes) => {
      info = readTcpInfo(buffer.bytes, word * 4, bytes);
    });
  } catch {
    dialogue.close();
  }
  return info;
}
