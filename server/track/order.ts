import type { SortKey } from '../model/api.ts';
import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE_SLOTS, STATES, stateOfKernel } from '../model/state.ts';
import { namesOf } from './names.ts';

type Order = (a: number, b: number) => number;

/** Compares rows of this view; equal ones stand in the order of their ids. */
export function orderBy(sort: SortKey, descending: boolean, view: View): Order {
  const order = ascending(sort, view);
  const { id } = view.sockets;
  return (a, b) => (descending ? order(b, a) : order(a, b)) || id[a]! - id[b]!;
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
      const ranks = namesOf(view).rank;
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
