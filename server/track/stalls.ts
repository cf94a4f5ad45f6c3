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
  measure: number;
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
      if (kind === null) {
        // Seen, and well: its next trouble is another one.
        if (this.byId.size > 0) this.byId.delete(id[row]!);
        continue;
      }
      const measure = measureOf(table, row, kind);
      const known = this.byId.get(id[row]!);
      if (known?.kind === kind && measure >= known.measure) {
        known.pass = this.pass;
        known.measure = measure;
        stalls.push({ row, kind, seconds: monotonicSeconds - known.sinceSeconds });
        continue;
      }
      if (!known && this.byId.size >= MAX_FOLLOWED) continue;
      this.byId.set(id[row]!, { kind, sinceSeconds: monotonicSeconds, measure, pass: this.pass });
      stalls.push({ row, kind, seconds: 0 });
    }
    if (!complete) return stalls;
    for (const [key, { pass }] of this.byId) if (this.pass - pass > MISSES_ALLOWED) this.byId.delete(key);
    return stalls;
  }

  /** It made progress that its row does not show, at some time since the pass before. */
  restart(id: number, monotonicSeconds: number): void {
    const known = this.byId.get(id);
    if (known) known.sinceSeconds = monotonicSeconds;
  }
}

/** Whether any of these connections makes no progress at this moment. */
export function hasStalls(table: SocketTable): boolean {
  for (let row = 0; row < table.count; row++) if (kindOf(table, row) !== null) return true;
  return false;
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

/** What only grows while a trouble lasts: a queue that shrank is being read, and a peer that answers ends the count. */
function measureOf(table: SocketTable, row: number, kind: StallKind): number {
  switch (kind) {
    case 'unacknowledged':
      return table.retransmits[row]!;
    case 'zero_window':
      return table.sendQueueBytes[row]!;
    case 'keepalive_unanswered':
      return table.probes[row]!;
    case 'not_read':
      return table.recvQueueBytes[row]!;
  }
}
