import type { Comparison, Filter, NameField, NumberField, Prefix, Side } from '../model/filter.ts';
import type { Process, View } from '../model/snapshot.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';

type RowPredicate = (row: number) => boolean;

/** The rows of a view that a filter lets through, in their order. */
export function matching(view: View, filter: Filter): Int32Array {
  const holds = predicateOf(filter, view);
  const { count } = view.sockets.table;
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[found++] = row;
  return rows.subarray(0, found);
}

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
    case 'compare': {
      const { field, by, value } = filter;
      if (field === 'pid') return pidsCompare(by, value, view);
      const column = columnOf(field, view);
      const holds = comparing(by, value);
      return (row) => holds(column(row));
    }
    case 'name': {
      const { field, equal, name } = filter;
      if (field === 'netns') return () => (view.namespace === name) === equal;
      const named = heldBy(view, naming(field, name));
      return (row) => named(row) === equal;
    }
  }
}

/** Whether any of the processes that hold a row's socket is such a one; false where none is known. */
function heldBy(view: View, isSuch: (process: Process) => boolean): RowPredicate {
  const { holders } = view.sockets;
  const such = view.processes.map(isSuch);
  const sets = view.holderSets.map((set) => set.some((index) => such[index]));
  return (row) => sets[holders[row]!] ?? false;
}

/** Other than a pid is a socket that no process of that pid holds. */
function pidsCompare(by: Comparison, value: number, view: View): RowPredicate {
  const holds = comparing(by === '!=' ? '=' : by, value);
  const held = heldBy(view, ({ pid }) => holds(pid));
  return by === '!=' ? (row) => !held(row) : held;
}

/** As much of a container's id as its tools print, and more, stands for the whole. */
const SHORT_ID = /^[0-9a-f]{12,63}$/;

function naming(field: Exclude<NameField, 'netns'>, name: string): (process: Process) => boolean {
  if (field !== 'container') return (process) => (field === 'process' ? process.name : process.unit) === name;
  const isShort = SHORT_ID.test(name);
  return ({ container }) =>
    container === name || (isShort && container !== null && container.startsWith(name));
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

function columnOf(field: Exclude<NumberField, 'pid'>, view: View): (row: number) => number {
  const { table, ageSeconds } = view.sockets;
  switch (field) {
    case 'sport':
      return (row) => table.localPort[row]!;
    case 'dport':
      return (row) => table.remotePort[row]!;
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

function comparing(by: Comparison, value: number): (found: number) => boolean {
  switch (by) {
    case '=':
      return (found) => found === value;
    case '!=':
      return (found) => found !== value;
    case '<':
      return (found) => found < value;
    case '<=':
      return (found) => found <= value;
    case '>':
      return (found) => found > value;
    case '>=':
      return (found) => found >= value;
  }
}
