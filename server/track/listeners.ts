import { formatAddress, isIpv4Words, isUnspecified } from '../model/address.ts';
import type { Listener } from '../model/snapshot.ts';
import { isListening, type SocketTable } from '../model/socket-table.ts';

const NONE = -1;

/**
 * The listening sockets of a pass, and which of them a connection came in by. Of several on one address and port
 * (SO_REUSEPORT) the kernel does not say which a connection waits at: the one with the longest accept queue is named.
 */
export class Listeners {
  list: Listener[] = [];
  /** By port: the first of the chain of listeners there; `next` leads on. One for each address. */
  private readonly head = new Int32Array(65536).fill(NONE);
  private next: number[] = [];
  private table: SocketTable | undefined;

  update(table: SocketTable, owner: Int32Array): void {
    for (const { port } of this.list) this.head[port] = NONE;
    this.list = [];
    this.next = [];
    this.table = table;
    for (let row = 0; row < table.count; row++) {
      if (isListening(table, row)) this.add(table, row, owner[row]!);
    }
  }

  /** Index into `list` of the listener whose port and address match the row's local ones, or -1. */
  of(row: number): number {
    const { table } = this;
    if (table === undefined || isListening(table, row)) return NONE;
    let best = NONE;
    let bestFit = 0;
    for (let at = this.head[table.localPort[row]!]!; at !== NONE; at = this.next[at]!) {
      const fit = fitOf(table, this.list[at]!.row, row);
      if (fit > bestFit) {
        best = at;
        bestFit = fit;
      }
    }
    return best;
  }

  private add(table: SocketTable, row: number, owner: number): void {
    const port = table.localPort[row]!;
    const listener: Listener = {
      row,
      family: table.family[row] === 6 ? 6 : 4,
      address: formatAddress(table.localAddress, row * 4),
      port,
      owner,
      acceptQueue: table.recvQueueBytes[row]!,
      acceptQueueMax: table.sendQueueBytes[row]! || null,
    };
    const index = this.list.push(listener) - 1;
    this.next.push(NONE);
    let before = NONE;
    for (let at = this.head[port]!; at !== NONE; before = at, at = this.next[at]!) {
      const other = this.list[at]!;
      if (other.family !== listener.family || other.address !== listener.address) continue;
      if (listener.acceptQueue <= other.acceptQueue) return;
      // Takes the other's place in the chain.
      this.next[index] = this.next[at]!;
      break;
    }
    if (before === NONE) this.head[port] = index;
    else this.next[before] = index;
  }
}

/** 0: no match. An exact address beats an unspecified one, the same family the other; `::` takes IPv4 too. */
function fitOf(table: SocketTable, listener: number, row: number): number {
  const sameFamily = table.family[listener] === table.family[row] ? 1 : 0;
  const a = listener * 4;
  const b = row * 4;
  const { localAddress } = table;
  if (
    localAddress[a] === localAddress[b] &&
    localAddress[a + 1] === localAddress[b + 1] &&
    localAddress[a + 2] === localAddress[b + 2] &&
    localAddress[a + 3] === localAddress[b + 3]
  ) {
    return 3 + sameFamily;
  }
  if (!isUnspecified(localAddress, a)) return 0;
  if (isIpv4Words(localAddress, a) && !isIpv4Words(localAddress, b)) return 0;
  return 1 + sameFamily;
}
