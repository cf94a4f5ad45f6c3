import { nextCapacity, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';
import type { RowsIn } from '../model/snapshot.ts';

const { ESTABLISHED } = KERNEL_STATE;

/**
 * The rows of each state but ESTABLISHED, which most rows are in mostly: whoever looks for sockets of one state need not
 * look through all. Memory follows the most sockets outside of ESTABLISHED.
 */
export class StateRows {
  private rows = new Int32Array(0);
  /** By state, where its rows end. */
  private readonly ends = new Uint32Array(KERNEL_STATE_SLOTS);
  private readonly counts = new Uint32Array(KERNEL_STATE_SLOTS);

  /** Valid until the next update. */
  update({ state, count }: SocketTable): RowsIn {
    const { ends, counts } = this;
    counts.fill(0);
    for (let row = 0; row < count; row++) counts[state[row]!]!++;
    counts[ESTABLISHED] = 0;
    let total = 0;
    for (let each = 0; each < KERNEL_STATE_SLOTS; each++) {
      ends[each] = total;
      total += counts[each]!;
    }
    if (this.rows.length < total) this.rows = new Int32Array(nextCapacity(this.rows.length, total));
    const { rows } = this;
    for (let row = 0; total > 0 && row < count; row++) {
      const each = state[row]!;
      if (each === ESTABLISHED) continue;
      rows[ends[each]!++] = row;
      total--;
    }
    return (name) => {
      const end = ends[KERNEL_STATE[name]]!;
      return rows.subarray(end - counts[KERNEL_STATE[name]]!, end);
    };
  }
}
