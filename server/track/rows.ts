import type { Process, RowsIn } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';
import type { Connections } from './connections.ts';
import type { Listeners } from './listeners.ts';

/** What grouping needs to know of a pass; columns by row. */
export interface Rows {
  readonly table: SocketTable;
  readonly rowsIn: RowsIn;
  readonly ageSeconds: Float64Array;
  readonly owner: Int32Array;
  readonly ownerGap: Uint8Array;
  readonly listener: Int32Array;
  readonly processes: readonly Process[];
  readonly listeners: Listeners;
  /** Of each row the entry in `connections`. */
  readonly entry: Int32Array;
  readonly connections: Connections;
  readonly monotonicSeconds: number;
  /** False: trends are not recorded, since counts of half a table are no course. */
  readonly complete: boolean;
}

/** The row numbers of `count` things: 0, 1, 2 and so on. */
export function numbersTo(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
