import { formatAddress } from '../model/address.ts';
import type { Destination, KernelLimits, ServedTimeWait } from '../model/snapshot.ts';
import { nextCapacity, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import { numbersTo, type Rows } from './rows.ts';
import { selectFirst } from './select.ts';
import { Trends } from './trend.ts';
import { WordIndex } from './words.ts';

/** Destinations listed; where there are more, the fullest. */
const MAX_DESTINATIONS = 100;

/** The number of what goes nowhere; it is counted like a destination, which is quicker than to leave it out. */
export const NO_DESTINATION = 0;

/** Client-side port use by destination, with the trend of each. Numbers of destinations hold from pass to pass. */
export class Destinations {
  private readonly ends = new WordIndex(9);
  private readonly trends = new Trends(2 * MAX_DESTINATIONS);
  /** By number, as of the last pass; a row of it is -1 where it was not there. */
  private row = new Int32Array(0);
  private used = new Uint32Array(0);
  private timeWait = new Uint32Array(0);
  private established = new Uint32Array(0);
  private oldestTimeWaitSeconds = new Float64Array(0);
  private present = 0;

  /** A pass begins. Returns whether the numbers hold: they are given anew when most are of destinations that are no more. */
  begin(): boolean {
    const holds = this.ends.count <= 2 * this.present + MAX_DESTINATIONS;
    if (!holds) this.ends.clear();
    return holds;
  }

  /** The number of a client connection's destination. A socket without a peer takes no port of any one destination. */
  numberOf(table: SocketTable, row: number): number {
    if (table.remotePort[row] === 0) return NO_DESTINATION;
    const { key } = this.ends;
    for (let i = 0, at = row * 4; i < 4; i++, at++) {
      key[i] = table.localAddress[at]!;
      key[4 + i] = table.remoteAddress[at]!;
    }
    key[8] = table.remotePort[row]!;
    return this.ends.numberOfKey() + 1;
  }

  list(rows: Rows, range: KernelLimits['portRange']): Destination[] {
    this.count(rows, range);
    const { row, used } = this;
    const present = numbersTo(this.ends.count + 1).filter((end) => end !== NO_DESTINATION && row[end] !== -1);
    this.present = present.length;
    return Array.from(
      selectFirst(present, MAX_DESTINATIONS, (a, b) => used[b]! - used[a]! || row[a]! - row[b]!),
      (end) => this.destination(end, rows),
    );
  }

  private count({ table, entry, connections, ageSeconds }: Rows, range: KernelLimits['portRange']): void {
    this.reset();
    const { row: first, used, timeWait, established, oldestTimeWaitSeconds } = this;
    const { destination } = connections;
    const low = range?.low ?? 0;
    const high = range?.high ?? 0xffff;
    for (let row = 0; row < table.count; row++) {
      const end = destination[entry[row]!]!;
      if (first[end] === -1) first[end] = row;
      const port = table.localPort[row]!;
      // Within one destination a local port is taken by one connection, so rows are ports.
      if (port >= low && port <= high) used[end]!++;
      if (table.state[row] === KERNEL_STATE.ESTABLISHED) established[end]!++;
      if (table.state[row] !== KERNEL_STATE.TIME_WAIT) continue;
      timeWait[end]!++;
      oldestTimeWaitSeconds[end] = Math.max(oldestTimeWaitSeconds[end]!, ageSeconds[row]!);
    }
  }

  private reset(): void {
    if (this.row.length <= this.ends.count) {
      const capacity = nextCapacity(this.row.length, this.ends.count + 1);
      this.row = new Int32Array(capacity);
      this.used = new Uint32Array(capacity);
      this.timeWait = new Uint32Array(capacity);
      this.established = new Uint32Array(capacity);
      this.oldestTimeWaitSeconds = new Float64Array(capacity);
    }
    this.row.fill(-1);
    for (const column of [this.used, this.timeWait, this.established, this.oldestTimeWaitSeconds])
      column.fill(0);
  }

  private destination(end: number, { table, complete, monotonicSeconds }: Rows): Destination {
    const row = this.row[end]!;
    const localAddress = formatAddress(table.localAddress, row * 4);
    const remoteAddress = formatAddress(table.remoteAddress, row * 4);
    const remotePort = table.remotePort[row]!;
    const used = this.used[end]!;
    const name = `${localAddress} ${remoteAddress} ${remotePort}`;
    return {
      localAddress,
      remoteAddress,
      remotePort,
      used,
      timeWait: this.timeWait[end]!,
      established: this.established[end]!,
      oldestTimeWaitSeconds: this.oldestTimeWaitSeconds[end]!,
      trend: complete ? this.trends.record(name, monotonicSeconds, used) : this.trends.last(name),
    };
  }
}

/** TIME_WAIT on the serving side by listening port, largest first; there are no more of them than listeners. */
export function servedTimeWait(rows: Rows): ServedTimeWait[] {
  const { rowsIn, listeners } = rows;
  const count = new Uint32Array(listeners.list.length);
  const oldest = new Float64Array(listeners.list.length);
  for (const row of rowsIn('TIME_WAIT')) {
    const listener = rows.listener[row]!;
    if (listener < 0) continue;
    count[listener]!++;
    oldest[listener] = Math.max(oldest[listener]!, rows.ageSeconds[row]!);
  }
  return listeners.list
    .map(({ address, port, owner }, i) => ({
      address,
      port,
      owner,
      count: count[i]!,
      oldestTimeWaitSeconds: oldest[i]!,
    }))
    .filter((served) => served.count > 0)
    .sort((a, b) => b.count - a.count);
}
