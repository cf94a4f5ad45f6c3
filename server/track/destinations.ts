import { formatAddress } from '../model/address.ts';
import type { Destination, KernelLimits, ServedTimeWait } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import { numbersTo, type Rows } from './rows.ts';
import { selectFirst } from './select.ts';
import { Trends } from './trend.ts';
import { WordIndex } from './words.ts';

/** Destinations listed; where there are more, the fullest. */
const MAX_DESTINATIONS = 100;

/** Client-side port use by destination, with the trend of each. */
export class Destinations {
  private readonly ends = new WordIndex(9);
  private readonly trends = new Trends(2 * MAX_DESTINATIONS);

  list(rows: Rows, range: KernelLimits['portRange']): Destination[] {
    const { table } = rows;
    const { ends } = this;
    const { key } = ends;
    ends.clear();
    const first: number[] = [];
    const used: number[] = [];
    const timeWait: number[] = [];
    const established: number[] = [];
    const oldest: number[] = [];
    for (let row = 0; row < table.count; row++) {
      // A socket without a peer takes no port of any one destination.
      if (rows.served[row] === 1 || table.remotePort[row] === 0) continue;
      for (let i = 0, at = row * 4; i < 4; i++, at++) {
        key[i] = table.localAddress[at]!;
        key[4 + i] = table.remoteAddress[at]!;
      }
      key[8] = table.remotePort[row]!;
      const end = ends.numberOfKey();
      if (end === first.length) {
        first.push(row);
        used.push(0);
        timeWait.push(0);
        established.push(0);
        oldest.push(0);
      }
      const port = table.localPort[row]!;
      // Within one destination a local port is taken by one connection, so rows are ports.
      if (range === null || (port >= range.low && port <= range.high)) used[end]!++;
      if (table.state[row] === KERNEL_STATE.ESTABLISHED) established[end]!++;
      if (table.state[row] !== KERNEL_STATE.TIME_WAIT) continue;
      timeWait[end]!++;
      oldest[end] = Math.max(oldest[end]!, rows.ageSeconds[row]!);
    }
    const fullest = selectFirst(
      numbersTo(ends.count),
      MAX_DESTINATIONS,
      (a, b) => used[b]! - used[a]! || a - b,
    );
    return Array.from(fullest, (end) => {
      const row = first[end]!;
      const localAddress = formatAddress(table.localAddress, row * 4);
      const remoteAddress = formatAddress(table.remoteAddress, row * 4);
      const remotePort = table.remotePort[row]!;
      const name = `${localAddress} ${remoteAddress} ${remotePort}`;
      return {
        localAddress,
        remoteAddress,
        remotePort,
        used: used[end]!,
        timeWait: timeWait[end]!,
        established: established[end]!,
        oldestTimeWaitSeconds: oldest[end]!,
        trend: rows.complete
          ? this.trends.record(name, rows.monotonicSeconds, used[end]!)
          : this.trends.last(name),
      };
    });
  }
}

/** TIME_WAIT on the serving side by listening port, largest first; there are no more of them than listeners. */
export function servedTimeWait(rows: Rows): ServedTimeWait[] {
  const { table, listeners } = rows;
  const count = new Uint32Array(listeners.list.length);
  const oldest = new Float64Array(listeners.list.length);
  for (let row = 0; row < table.count; row++) {
    const listener = rows.listener[row]!;
    if (listener < 0 || table.state[row] !== KERNEL_STATE.TIME_WAIT) continue;
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
