import type { Stall, StallKind } from '../model/snapshot.ts';
import { TIMER, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';

/** Sockets that are followed at once; what stalls beyond that is not seen until others move on. */
const MAX_FOLLOWED = 65_536;

/** A dump may skip a live socket, seldom twice. */
const MISSES_ALLOWED = 1;

interface Followed {
  kind: StallKind;
  sinceSeconds: number;
  recvQueueBytes: number;
  pass: number;
}

/**
 * Connections that make no progress, and since when: each was seen in the same trouble on every pass since. Times are lower
 * bounds, since a trouble may be older than its first sight and may have ended between two passes and begun again.
 */
export class Stalls {
  private readonly byId = new Map<number, Followed>();
  private pass = 0;

  /** `id` is indexed by row. `complete` false: what is not in the table may be there all the same. */
  list(table: SocketTable, id: Float64Array, monotonicSeconds: number, complete: boolean): Stall[] {
    this.pass++;
    const stalls: Stall[] = [];
    for (let row = 0; row < table.count; row++) {
      const kind = kindOf(table, row);
      if (kind === null) continue;
      const recvQueueBytes = table.recvQueueBytes[row]!;
      const known = this.byId.get(id[row]!);
      // A queue that shrank is being read.
      const goesOn = known?.kind === kind && (kind !== 'not_read' || recvQueueBytes >= known.recvQueueBytes);
      if (known && goesOn) {
        known.pass = this.pass;
        known.recvQueueBytes = recvQueueBytes;
        stalls.push({ row, kind, seconds: monotonicSeconds - known.sinceSeconds });
        continue;
      }
      if (!known && this.byId.size >= MAX_FOLLOWED) continue;
      this.byId.set(id[row]!, { kind, sinceSeconds: monotonicSeconds, recvQueueBytes, pass: this.pass });
      stalls.push({ row, kind, seconds: 0 });
    }
    if (!complete) return stalls;
    for (const [key, { pass }] of this.byId) if (this.pass - pass > MISSES_ALLOWED) this.byId.delete(key);
    return stalls;
  }
}

/** What keeps a connection from going on, as its timer and queues show it; null where nothing does. */
function kindOf(table: SocketTable, row: number): StallKind | null {
  switch (table.timer[row]) {
    case TIMER.retransmit:
      if (table.retransmits[row]! > 0) return 'unacknowledged';
      break;
    case TIMER.probe:
      if (table.sendQueueBytes[row]! > 0) return 'zero_window';
      break;
    case TIMER.keepalive:
      if (table.probes[row]! > 0) return 'keepalive_unanswered';
      break;
  }
  const readable = table.recvQueueBytes[row]! > 0 && table.state[row] === KERNEL_STATE.ESTABLISHED;
  return readable ? 'not_read' : null;
}
