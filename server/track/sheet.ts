import type { SheetQuery } from '../model/ipc.ts';
import { encodeSheet, MAX_SHEET_ROWS, sheetColumns, type SheetProcess } from '../model/sheet.ts';
import type { View } from '../model/snapshot.ts';
import { WordIndex } from './words.ts';
import { firstRows } from './query.ts';

/** Of the pass that is answered from: its number, and its wall clock in milliseconds since 1970. */
interface PassNamed {
  readonly sequence: number;
  readonly at: number;
}

/** The first rows that match, over all views, in the order asked for, as the bytes of a sheet. */
export function querySheet(
  views: readonly View[],
  query: SheetQuery,
  { sequence, at }: PassNamed,
): Uint8Array {
  const limit = Math.min(Math.max(0, query.limit), MAX_SHEET_ROWS);
  const { total, rows: chosen } = firstRows(views, query, limit);
  const rows = Array.isArray(chosen) ? chosen.length : chosen.rows.length;
  const columns = sheetColumns(rows);
  const addresses = new AddressList();
  const processes: SheetProcess[] = [];
  const named = new Map(
    views.map((view, i) => [view, { netns: i, numberOf: new Int32Array(view.processes.length) }]),
  );

  function write(view: View, row: number, to: number): void {
    const { table, id, ageSeconds, ageExact, owner, ownerGap, holders } = view.sockets;
    const { netns, numberOf } = named.get(view)!;
    columns.id[to] = id[row]!;
    columns.netns[to] = netns;
    columns.family[to] = table.family[row]!;
    columns.state[to] = table.state[row]!;
    columns.local[to] = addresses.numberOf(table.localAddress, row);
    columns.remote[to] = addresses.numberOf(table.remoteAddress, row);
    columns.localPort[to] = table.localPort[row]!;
    columns.remotePort[to] = table.remotePort[row]!;
    columns.recvQueueBytes[to] = table.recvQueueBytes[row]!;
    columns.sendQueueBytes[to] = table.sendQueueBytes[row]!;
    columns.uid[to] = table.uid[row]!;
    columns.inode[to] = table.inode[row]!;
    columns.ageSeconds[to] = ageSeconds[row]!;
    columns.ageExact[to] = ageExact[row]!;
    columns.timer[to] = table.timer[row]!;
    columns.timerExpiresMs[to] = table.timerExpiresMs[row]!;
    columns.retransmits[to] = table.retransmits[row]!;
    columns.probes[to] = table.probes[row]!;
    columns.ownerGap[to] = ownerGap[row]!;
    columns.holders[to] = Math.min(view.holderSets[holders[row]!]?.length ?? 0, 0xffff);
    const index = owner[row]!;
    const process = view.processes[index];
    if (process && numberOf[index] === 0) {
      const { pid, name, unit, container, pod } = process;
      numberOf[index] = processes.push({ pid, name, unit, container, pod });
    }
    columns.owner[to] = process ? numberOf[index]! - 1 : -1;
  }

  if (Array.isArray(chosen)) for (const [to, { view, row }] of chosen.entries()) write(view, row, to);
  else for (let to = 0; to < rows; to++) write(chosen.view, chosen.rows[to]!, to);
  return encodeSheet({
    at: new Date(at).toISOString(),
    sequence,
    total,
    rows,
    namespaces: views.map(({ namespace }) => namespace),
    processes,
    addresses: addresses.words(),
    ...columns,
  });
}

/** Distinct addresses, numbered in the order of their appearance. */
class AddressList {
  private readonly index = new WordIndex(4);
  private list = new Uint32Array(64 * 4);

  numberOf(addresses: Uint32Array, row: number): number {
    const { key } = this.index;
    for (let word = 0; word < 4; word++) key[word] = addresses[row * 4 + word]!;
    const known = this.index.count;
    const number = this.index.numberOfKey();
    if (number === known) {
      if (number * 4 === this.list.length) {
        const grown = new Uint32Array(this.list.length * 2);
        grown.set(this.list);
        this.list = grown;
      }
      this.list.set(key, number * 4);
    }
    return number;
  }

  words(): Uint32Array {
    return this.list.slice(0, this.index.count * 4);
  }
}
