import type { SortKey } from '../model/api.ts';
import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE_SLOTS, STATES, stateOfKernel } from '../model/state.ts';
import { ranksOf } from './names.ts';

type Order = (a: number, b: number) => number;

/** Compares rows of this view; equal ones stand in the order of their ids. */
export function orderBy(sort: SortKey, descending: boolean, view: View): Order {
  const order = ascending(sort, view);
  const { id } = view.sockets;
  return (a, b) => (descending ? order(b, a) : order(a, b)) || id[a]! - id[b]!;
}

/** What `orderBy` compares, as one value that means the same in every view. */
export function sortValue(sort: SortKey, view: View): (row: number) => number | string {
  const { table, ageSeconds, owner } = view.sockets;
  switch (sort) {
    case 'age':
      return (row) => ageSeconds[row]!;
    case 'recvq':
      return (row) => table.recvQueueBytes[row]!;
    case 'sendq':
      return (row) => table.sendQueueBytes[row]!;
    case 'state':
      return (row) => STATE_RANK[table.state[row]!]!;
    case 'local':
      return (row) => endpointText(table.localAddress, table.localPort, row);
    case 'remote':
      return (row) => endpointText(table.remoteAddress, table.remotePort, row);
    case 'pid':
      return (row) => view.processes[owner[row]!]?.pid ?? 0;
    case 'process':
      // None comes before the empty name.
      return (row) => {
        const process = view.processes[owner[row]!];
        return process ? `\0${process.name}` : '';
      };
  }
}

/** Of one length, so that texts stand in the order of the numbers. */
function endpointText(addresses: Uint32Array, ports: Uint16Array, row: number): string {
  const words = [...addresses.subarray(row * 4, row * 4 + 4), ports[row]!];
  return words.map((word) => word.toString(16).padStart(8, '0')).join('');
}

function ascending(sort: SortKey, view: View): Order {
  const { table, ageSeconds, owner } = view.sockets;
  switch (sort) {
    case 'age':
      return (a, b) => ageSeconds[a]! - ageSeconds[b]!;
    case 'recvq':
      return (a, b) => table.recvQueueBytes[a]! - table.recvQueueBytes[b]!;
    case 'sendq':
      return (a, b) => table.sendQueueBytes[a]! - table.sendQueueBytes[b]!;
    case 'state':
      return (a, b) => STATE_RANK[table.state[a]!]! - STATE_RANK[table.state[b]!]!;
    case 'local':
      return byEndpoint(table.localAddress, table.localPort);
    case 'remote':
      return byEndpoint(table.remoteAddress, table.remotePort);
    case 'pid': {
      const pids = view.processes.map(({ pid }) => pid);
      return (a, b) => (pids[owner[a]!] ?? 0) - (pids[owner[b]!] ?? 0);
    }
    case 'process': {
      const { ranks } = ranksOf(view, ({ name }) => name);
      return (a, b) => (ranks[owner[a]!] ?? 0) - (ranks[owner[b]!] ?? 0);
    }
  }
}

/** States in the order in which a connection lives through them, by kernel number. */
const STATE_RANK = Array.from({ length: KERNEL_STATE_SLOTS }, (_, state) => {
  const name = stateOfKernel(state);
  return name === undefined ? -1 : STATES.indexOf(name);
});

function byEndpoint(addresses: Uint32Array, ports: Uint16Array): Order {
  return (a, b) => {
    for (let word = 0; word < 4; word++) {
      const difference = addresses[a * 4 + word]! - addresses[b * 4 + word]!;
      if (difference !== 0) return difference;
    }
    return ports[a]! - ports[b]!;
  };
}
