import type { TcpInfo } from '../model/api.ts';
import type { Stall, View } from '../model/snapshot.ts';
import { TIMER, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Stalls } from './stalls.ts';

/** So many stalls are asked about on one pass, the longest first, and so many quiet connections: some microseconds each. */
const MAX_STALLS = 100;
const MAX_QUIET = 100;

/** Of the quiet ones so many are known and asked again, and as many are new. */
const MAX_AGAIN = MAX_QUIET / 2;

/** A connection that has been silent for so long is remembered, so that it does not come and go with its turn. */
const SILENT_SECONDS = 60;
const MAX_REMEMBERED = 1000;

/** Asks the kernel about the socket of one row; null where it is gone. */
export type Ask = (table: SocketTable, row: number) => TcpInfo | null;

type Asked = Pick<View['sockets'], 'table' | 'id' | 'ageSeconds' | 'ageExact'>;

interface Remembered {
  readonly told: TcpInfo;
  readonly atSeconds: number;
}

/**
 * What the kernel tells of single sockets: of the longest stalls on every pass, and of a sample of quiet connections that
 * goes round. Where bytes have moved although the row looks the same, the stall is over and another has begun.
 */
export class Inspection {
  private readonly stalls: Stalls;
  /** By id what had been delivered, or received, of the stalls asked about on the pass before. */
  private moved = new Map<number, number>();
  private readonly remembered = new Map<number, Remembered>();
  /** The row after the last that was asked for the first time. */
  private next = 0;

  constructor(stalls: Stalls) {
    this.stalls = stalls;
  }

  /** By row; of stalls that are over, `stalls` gets the time since then. */
  run(
    sockets: Asked,
    stalls: Stall[],
    monotonicSeconds: number,
    ask: Ask | undefined,
  ): ReadonlyMap<number, TcpInfo> {
    const inspected = new Map<number, TcpInfo>();
    if (!ask) return inspected;
    this.askStalls(sockets, stalls, monotonicSeconds, ask, inspected);
    this.askQuiet(sockets, monotonicSeconds, ask, inspected);
    return inspected;
  }

  private askStalls(
    { table, id }: Asked,
    stalls: Stall[],
    now: number,
    ask: Ask,
    inspected: Map<number, TcpInfo>,
  ): void {
    const moved = new Map<number, number>();
    for (const index of longest(stalls)) {
      const { row, kind } = stalls[index]!;
      const told = ask(table, row);
      if (!told) continue;
      inspected.set(row, told);
      const bytes = kind === 'not_read' ? told.bytesReceived : told.bytesAcked;
      const before = this.moved.get(id[row]!) ?? bytes;
      moved.set(id[row]!, bytes);
      if (before === bytes) continue;
      this.stalls.restart(id[row]!, now);
      stalls[index] = { row, kind, seconds: 0 };
    }
    this.moved = moved;
  }

  private askQuiet(sockets: Asked, now: number, ask: Ask, inspected: Map<number, TcpInfo>): void {
    const { table, id } = sockets;
    const again: number[] = [];
    for (let row = 0; this.remembered.size > 0 && row < table.count; row++) {
      if (isQuiet(sockets, row) && this.remembered.has(id[row]!)) again.push(row);
    }
    const stillThere = new Set(again.map((row) => id[row]!));
    for (const known of this.remembered.keys()) if (!stillThere.has(known)) this.remembered.delete(known);
    const askedAt = (row: number) => this.remembered.get(id[row]!)?.atSeconds ?? 0;
    again.sort((a, b) => askedAt(a) - askedAt(b));
    for (const row of again.slice(MAX_AGAIN)) {
      const known = this.remembered.get(id[row]!)!;
      inspected.set(row, later(known.told, now - known.atSeconds));
    }
    for (const row of [...again.slice(0, MAX_AGAIN), ...this.newQuiet(sockets, stillThere)]) {
      this.remembered.delete(id[row]!);
      const told = ask(table, row);
      if (!told) continue;
      inspected.set(row, told);
      const silent = Math.min(told.lastDataReceivedSeconds, told.lastAckReceivedSeconds);
      if (silent < SILENT_SECONDS || this.remembered.size >= MAX_REMEMBERED) continue;
      this.remembered.set(id[row]!, { told, atSeconds: now });
    }
  }

  /** The next ones in the order of the table, from where the pass before ended. */
  private newQuiet(sockets: Asked, known: ReadonlySet<number>): number[] {
    const { table, id } = sockets;
    const rows: number[] = [];
    let row = this.next;
    for (let looked = 0; looked < table.count && rows.length < MAX_QUIET - MAX_AGAIN; looked++, row++) {
      if (row >= table.count) row = 0;
      if (isQuiet(sockets, row) && !known.has(id[row]!)) rows.push(row);
    }
    this.next = row;
    return rows;
  }
}

/** Indices of the longest. */
function longest(stalls: readonly Stall[]): number[] {
  const indices = stalls.map((_, index) => index);
  if (indices.length > MAX_STALLS) indices.sort((a, b) => stalls[b]!.seconds - stalls[a]!.seconds || a - b);
  return indices.slice(0, MAX_STALLS);
}

/** Connections of a program that nothing moves in, and no timer of the kernel watches over. */
function isQuiet({ table, ageSeconds, ageExact }: Asked, row: number): boolean {
  const state = table.state[row];
  if (state !== KERNEL_STATE.ESTABLISHED && state !== KERNEL_STATE.FIN_WAIT2) return false;
  if (table.timer[row] !== TIMER.none || table.inode[row] === 0) return false;
  if (table.sendQueueBytes[row] !== 0 || table.recvQueueBytes[row] !== 0) return false;
  return ageSeconds[row]! >= SILENT_SECONDS || ageExact[row] === 0;
}

/** What was told some time ago, of a socket in which nothing has been seen to move since. */
function later(told: TcpInfo, seconds: number): TcpInfo {
  return {
    ...told,
    lastDataSentSeconds: told.lastDataSentSeconds + seconds,
    lastDataReceivedSeconds: told.lastDataReceivedSeconds + seconds,
    lastAckReceivedSeconds: told.lastAckReceivedSeconds + seconds,
  };
}
