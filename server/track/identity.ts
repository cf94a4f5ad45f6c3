import { TIME_WAIT_SECONDS } from '../model/snapshot.ts';
import { TIMER, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';
import { Connections } from './connections.ts';
import { succeeds } from './succession.ts';

/** A socket absent from this many complete passes in a row is gone: a dump may skip a live one, seldom twice. */
const MISSES_UNTIL_GONE = 2;

/** What one pass is to be judged by. */
export interface Sight {
  readonly monotonicSeconds: number;
  /** False: absence proves nothing on this pass. */
  readonly complete: boolean;
  /** The pass before was complete and recent, so what is new now became so since then. */
  readonly followsClosely: boolean;
}

/**
 * Gives every row of every pass an id and an age in its state. The cookie tells what is one and the same connection, and
 * `succeeds` where the source has none; a connection keeps its id and age when the source changes to one without and back.
 * TIME_WAIT tells its own age: its timer runs TIME_WAIT_SECONDS from entering the state (and anew when the peer sends its
 * FIN again, which is counted as another TIME_WAIT). Every other age counts from first sight.
 */
export class Identity {
  id = new Float64Array(0);
  ageSeconds = new Float64Array(0);
  ageExact = new Uint8Array(0);
  /** Index of each row into `connections`. */
  entry = new Int32Array(0);
  /** The same of the pass before: the kernel lists sockets in a lasting order, so what followed a socket follows it again. */
  private entryBefore = new Int32Array(0);
  private rowsBefore = 0;
  /** Row of the pass before that is expected next. */
  private expected = 0;
  readonly connections = new Connections();
  /** Sockets that went from one state to another since the pass before: [from * KERNEL_STATE_SLOTS + to], 0 not there. */
  readonly moves = new Uint32Array(KERNEL_STATE_SLOTS * KERNEL_STATE_SLOTS);
  private pass = 0;
  private lastId = 0;

  update(table: SocketTable, sight: Sight): void {
    this.pass++;
    this.moves.fill(0);
    [this.entry, this.entryBefore] = [this.entryBefore, this.entry];
    this.expected = 0;
    this.reserve(table.count);
    this.connections.reserve(table.count);
    for (let row = 0; row < table.count; row++) this.take(table, row, sight);
    this.rowsBefore = table.count;
    if (sight.complete) this.sweep();
  }

  private take(table: SocketTable, row: number, sight: Sight): void {
    const known = this.connections;
    const state = table.state[row]!;
    const inode = table.inode[row]!;
    const cookie = table.cookie[row]!;
    const expiresMs = table.timerExpiresMs[row]!;
    const identified = inode !== 0 || cookie !== 0;

    let entry = this.expectedEntry(table, row);
    if (entry < 0) {
      known.load(table, row);
      entry = this.search(table, row);
    }
    if (entry < 0 || !this.isSame(entry, table, row)) {
      if (entry < 0) entry = known.insert();
      else this.count(known.state[entry]!, 0);
      this.count(0, state);
      known.id[entry] = ++this.lastId;
      known.cookie[entry] = 0;
      known.served[entry] = 0;
      known.state[entry] = state;
      this.enter(entry, sight, identified);
    } else if (known.state[entry] !== state) {
      this.count(known.state[entry]!, state);
      known.state[entry] = state;
      this.enter(entry, sight, identified && known.missed[entry] === 0);
    }
    known.inode[entry] = inode;
    // Kept where this source does not tell it: the next may.
    if (cookie !== 0) known.cookie[entry] = cookie;
    known.timerExpiresMs[entry] = expiresMs;
    known.pass[entry] = this.pass;
    known.missed[entry] = 0;
    known.row[entry] = row;

    this.entry[row] = entry;
    this.id[row] = known.id[entry]!;
    if (state === KERNEL_STATE.TIME_WAIT && table.timer[row] === TIMER.time_wait) {
      this.ageSeconds[row] = Math.max(0, TIME_WAIT_SECONDS - expiresMs / 1000);
      this.ageExact[row] = 1;
    } else {
      this.ageSeconds[row] = sight.monotonicSeconds - known.since[entry]!;
      this.ageExact[row] = known.sinceExact[entry]!;
    }
  }

  /** The entry that the order of the pass before tells, where it is the row's beyond doubt; else -1. Saves the hash. */
  private expectedEntry(table: SocketTable, row: number): number {
    if (this.expected >= this.rowsBefore) return -1;
    const known = this.connections;
    const entry = this.entryBefore[this.expected]!;
    const certain =
      known.id[entry] !== 0 &&
      known.pass[entry] !== this.pass &&
      known.inode[entry] === table.inode[row] &&
      known.isOf(entry, table, row) &&
      this.isSame(entry, table, row);
    if (!certain) return -1;
    this.expected++;
    return entry;
  }

  /**
   * An entry of the row's key: the same connection's, best by inode, else one that has ended since the kernel holds one
   * connection of a key at a time, else -1.
   */
  private search(table: SocketTable, row: number): number {
    const known = this.connections;
    let same = -1;
    let ended = -1;
    for (let slot = known.first(); slot >= 0; slot = known.after(slot)) {
      const entry = known.entryAt(slot);
      // Shown twice in one pass: the second row is kept apart, so that ids stay unique.
      if (known.pass[entry] === this.pass) continue;
      if (!this.isSame(entry, table, row)) ended = entry;
      else if (same < 0 || known.inode[entry] === table.inode[row]) same = entry;
    }
    if (same >= 0) this.expected = known.row[same]! + 1;
    return same >= 0 ? same : ended;
  }

  private isSame(entry: number, table: SocketTable, row: number): boolean {
    const known = this.connections;
    const cookie = table.cookie[row]!;
    if (cookie !== 0 && known.cookie[entry] !== 0) return known.cookie[entry] === cookie;
    const state = table.state[row]!;
    const oldState = known.state[entry]!;
    if (
      state === KERNEL_STATE.TIME_WAIT &&
      oldState === state &&
      table.timerExpiresMs[row]! > known.timerExpiresMs[entry]!
    ) {
      return false;
    }
    return succeeds(oldState, known.inode[entry]!, state, table.inode[row]!);
  }

  /** `witnessed`: had it been in this state on the pass before, it would have been seen so, and be told from another. */
  private enter(entry: number, sight: Sight, witnessed: boolean): void {
    this.connections.since[entry] = sight.monotonicSeconds;
    this.connections.sinceExact[entry] = sight.followsClosely && witnessed ? 1 : 0;
  }

  private sweep(): void {
    const known = this.connections;
    for (let entry = 0; entry < known.high; entry++) {
      if (known.id[entry] === 0 || known.pass[entry] === this.pass) continue;
      known.missed[entry]!++;
      if (known.missed[entry]! < MISSES_UNTIL_GONE) continue;
      this.count(known.state[entry]!, 0);
      known.remove(entry);
    }
  }

  private count(from: number, to: number): void {
    this.moves[from * KERNEL_STATE_SLOTS + to]!++;
  }

  private reserve(rows: number): void {
    if (rows <= this.id.length) return;
    const capacity = Math.max(rows, this.id.length * 2, 1024);
    this.id = new Float64Array(capacity);
    const before = new Int32Array(capacity);
    before.set(this.entryBefore);
    this.entryBefore = before;
    this.ageSeconds = new Float64Array(capacity);
    this.ageExact = new Uint8Array(capacity);
    this.entry = new Int32Array(capacity);
  }
}
