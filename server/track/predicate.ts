import type { Comparison, Filter, NumberField, Prefix, Side } from '../model/filter.ts';
import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';

type RowPredicate = (row: number) => boolean;

/** A filter as a test of rows of this view. Depth is bounded by the parser. */
export function predicateOf(filter: Filter, view: View): RowPredicate {
  switch (filter.op) {
    case 'all':
      return () => true;
    case 'and': {
      const terms = filter.terms.map((term) => predicateOf(term, view));
      return (row) => terms.every((holds) => holds(row));
    }
    case 'or': {
      const terms = filter.terms.map((term) => predicateOf(term, view));
      return (row) => terms.some((holds) => holds(row));
    }
    case 'not': {
      const holds = predicateOf(filter.term, view);
      return (row) => !holds(row);
    }
    case 'state': {
      const wanted = new Uint8Array(KERNEL_STATE_SLOTS);
      for (const state of filter.states) wanted[KERNEL_STATE[state]] = 1;
      const { state } = view.sockets.table;
      return (row) => wanted[state[row]!] === 1;
    }
    case 'address':
      return atEnd(filter.side, filter.prefix, filter.port, view);
    case 'compare':
      return comparing(columnOf(filter.field, view), filter.by, filter.value);
    case 'process': {
      const { owner } = view.sockets;
      const named = view.processes.map(({ name }) => name === filter.name);
      return (row) => (named[owner[row]!] ?? false) === filter.equal;
    }
  }
}

function atEnd(side: Side, prefix: Prefix | null, port: number | null, view: View): RowPredicate {
  const { table } = view.sockets;
  const ports = side === 'src' ? table.localPort : table.remotePort;
  const addresses = side === 'src' ? table.localAddress : table.remoteAddress;
  const masks = [0, 1, 2, 3].map((word) => maskOf((prefix?.bits ?? 0) - 32 * word));
  const wanted = masks.map((mask, word) => ((prefix?.words[word] ?? 0) & mask) >>> 0);
  return (row) => {
    if (port !== null && ports[row] !== port) return false;
    for (let word = 0; word < 4; word++) {
      if ((addresses[row * 4 + word]! & masks[word]!) >>> 0 !== wanted[word]) return false;
    }
    return true;
  };
}

/** The leading bits of a 32-bit word, 0 to 32 of them. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;
}

/** NaN where there is no value: equal to nothing, neither less nor more. */
function columnOf(field: NumberField, view: View): (row: number) => number {
  const { table, ageSeconds, owner } = view.sockets;
  switch (field) {
    case 'sport':
      return (row) => table.localPort[row]!;
    case 'dport':
      return (row) => table.remotePort[row]!;
    case 'pid':
      return (row) => view.processes[owner[row]!]?.pid ?? NaN;
    case 'uid':
      return (row) => table.uid[row]!;
    case 'inode':
      return (row) => table.inode[row]!;
    case 'age':
      return (row) => ageSeconds[row]!;
    case 'recvq':
      return (row) => table.recvQueueBytes[row]!;
    case 'sendq':
      return (row) => table.sendQueueBytes[row]!;
  }
}

function comparing(column: (row: number) => number, by: Comparison, value: number): RowPredicate {
  switch (by) {
    case '=':
      return (row) => column(row) === value;
    case '!=':
      return (row) => column(row) !== value;
    case '<':
      return (row) => column(row) < value;
    case '<=':
      return (row) => column(row) <= value;
    case '>':
      return (row) => column(row) > value;
    case '>=':
      return (row) => column(row) >= value;
  }
}
