import { formatAddress, isIpv4Words, isUnspecified } from '../model/address.ts';
import type { Listener } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';

export const NO_PLACE = 0;

/** Family, port and address. */
const PLACE_WORDS = 6;

/**
 * The listening sockets of a pass, and which of them a connection came in by. What a connection came in by is a place: a
 * family, address and port that is listened at. Of several listeners at one place (SO_REUSEPORT) the kernel does not say
 * which a connection waits at: the one with the longest accept queue is named.
 */
export class Listeners {
  list: Listener[] = [];
  /** Of each listener the words of its place. */
  private words = new Uint32Array(0);
  /** A place is the index of the first listener there, plus one. Of each listener its place: */
  private placeOf: number[] = [];
  private readonly byPort = new Map<number, number[]>();
  /** Of each place the index into `list` of the listener to name; -1 for NO_PLACE. */
  named = new Int32Array(0);

  /** `listening`: the rows in LISTEN. Returns whether places and their numbers are those of the pass before. */
  update(table: SocketTable, listening: Int32Array, owner: Int32Array): boolean {
    this.list = Array.from(listening, (row) => listenerOf(table, row, owner[row]!));
    const words = wordsOf(table, this.list);
    const isSame = areEqual(words, this.words);
    this.words = words;
    if (!isSame) this.place();
    this.named = new Int32Array(this.list.length + 1).fill(-1);
    for (const [index, place] of this.placeOf.entries()) {
      const other = this.list[this.named[place]!];
      if (!other || this.list[index]!.acceptQueue > other.acceptQueue) this.named[place] = index;
    }
    return isSame;
  }

  /** Where the connection of this row came in; NO_PLACE where nobody listens at its local port and address. */
  find(table: SocketTable, row: number): number {
    let best = NO_PLACE;
    let bestFit = 0;
    if (table.remotePort[row] === 0) return best;
    for (const place of this.byPort.get(table.localPort[row]!) ?? []) {
      const fit = fitOf(table, this.list[place - 1]!.row, row);
      if (fit > bestFit) {
        best = place;
        bestFit = fit;
      }
    }
    return best;
  }

  private place(): void {
    const { words } = this;
    this.placeOf = [];
    this.byPort.clear();
    for (const [index, { port }] of this.list.entries()) {
      const places = this.byPort.get(port) ?? [];
      this.byPort.set(port, places);
      const wordsAt = (place: number) => words.subarray((place - 1) * PLACE_WORDS, place * PLACE_WORDS);
      const known = places.find((place) => areEqual(wordsAt(place), wordsAt(index + 1)));
      if (known === undefined) places.push(index + 1);
      this.placeOf.push(known ?? index + 1);
    }
  }
}

function listenerOf(table: SocketTable, row: number, owner: number): Listener {
  return {
    row,
    family: table.family[row] === 6 ? 6 : 4,
    address: formatAddress(table.localAddress, row * 4),
    port: table.localPort[row]!,
    owner,
    acceptQueue: table.recvQueueBytes[row]!,
    acceptQueueMax: table.sendQueueBytes[row]! || null,
  };
}

function wordsOf(table: SocketTable, list: readonly Listener[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(list.length * PLACE_WORDS);
  for (const [index, { row, family, port }] of list.entries()) {
    const address = table.localAddress.subarray(row * 4, row * 4 + 4);
    words.set([family, port, ...address], index * PLACE_WORDS);
  }
  return words;
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
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
