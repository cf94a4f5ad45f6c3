import { TIME_WAIT_SECONDS } from '../model/snapshot.ts';
import { nextCapacity, TIMER, type SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS } from '../model/state.ts';
import { Connections, portsOf } from './connections.ts';
import { PastStates } from './past-states.ts';
import { succeeds } from './succession.ts';

const NONE = -1;

/** What one pass is to be judged by. */
export interface Sight {
  readonly monotonicSeconds: number;
  /** False: absence proves nothing on this pass. */
  readonly complete: boolean;
  /** The pass before was complete and recent, so what is new now became so since then. */
  readonly followsClosely: boolean;
}

/** The last id given out. Trackers of several network namespaces share it, so that an id names one socket of the host. */
export interface Ids {
  last: number;
}

/**
 * Gives every row of every pass an id and an age in its state. The cookie tells what is one and the same connection, and
 * `succeeds` where the source has none; a connection keeps its id and age when the source changes to one without and back.
 * TIME_WAIT tells its own age: its timer runs TIME_WAIT_SECONDS from entering the state (and anew when the peer sends its
 * FIN again, which is counted as another TIME_WAIT). Every other age counts from first sight, unless
 * somebody knows better (`isAtLeast`).
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
  readonly past = new PastStates();
  /** Sockets that went from one state to another since the pass before: [from * KERNEL_STATE_SLOTS + to], 0 not there. */
  readonly moves = new Uint32Array(KERNEL_STATE_SLOTS * KERNEL_STATE_SLOTS);
  private pass = 0;
  /** The last complete pass before this one. */
  private lastComplete = 0;
  /**
   * And the one before that. What was seen on none of the three is gone: a dump may skip a live socket, seldom twice, and in
   * 1,400 passes under heavy churn with the smallest of hash tables never three times.
   */
  private completeBefore = 0;
  private readonly ids: Ids;

  constructor(ids: Ids) {
    this.ids = ids;
  }

  update(table: SocketTable, sight: Sight): void {
    this.pass++;
    this.moves.fill(0);
    [this.entry, this.entryBefore] = [this.entryBefore, this.entry];
    this.expected = 0;
    this.reserve(table.count);
    this.connections.reserve(table.count);
    this.follow(table, sight);
    this.rowsBefore = table.count;
    if (sight.complete) this.sweep(table.count);
  }

  /** The row of this pass has been in its state for so long, or longer: its age stays a lower bound. */
  isAtLeast(row: number, seconds: number): void {
    const more = seconds - this.ageSeconds[row]!;
    if (more <= 0) return;
    this.connections.since[this.entry[row]!]! -= more;
    this.ageSeconds[row]! += more;
  }

  /** Nearly all rows of nearly all passes are unchanged and in their place: for them this loop is all that is done. */
  private follow(table: SocketTable, sight: Sight): void {
    const { entry: entryOf, id, ageSeconds, ageExact, connections: known, pass } = this;
    const { state, timer, timerExpiresMs } = table;
    const { count } = table;
    for (let row = 0; row < count; row++) {
      let entry = this.expected < this.rowsBefore ? this.entryBefore[this.expected]! : NONE;
      if (entry !== NONE && this.isUnchanged(entry, table, row)) this.expected++;
      else entry = this.identify(table, row, sight);
      known.pass[entry] = pass;
      known.row[entry] = row;
      entryOf[row] = entry;
      id[row] = known.id[entry]!;
      if (state[row] === KERNEL_STATE.TIME_WAIT) known.timerExpiresMs[entry] = timerExpiresMs[row]!;
      if (state[row] === KERNEL_STATE.TIME_WAIT && timer[row] === TIMER.time_wait) {
        ageSeconds[row] = Math.max(0, TIME_WAIT_SECONDS - timerExpiresMs[row]! / 1000);
        ageExact[row] = 1;
      } else {
        ageSeconds[row] = sight.monotonicSeconds - known.since[entry]!;
        ageExact[row] = known.sinceExact[entry]!;
      }
    }
  }

  /**
   * Whether the row shows the connection of this entry, of which nothing but queues and timers has changed. A socket keeps
   * its cookie where a program disconnects it and connects it anew; a connection has other ports then, if they are not bound.
   */
  private isUnchanged(entry: number, table: SocketTable, row: number): boolean {
    const known = this.connections;
    return (
      known.pass[entry] !== this.pass &&
      known.state[entry] === table.state[row] &&
      known.inode[entry] === table.inode[row] &&
      known.ports[entry] === portsOf(table, row) &&
      (table.cookie[row] === 0
        ? known.isOf(entry, table, row) && this.isSame(entry, table, row)
        : known.cookie[entry] === table.cookie[row])
    );
  }

  /** The entry of the row, which is a new one where no other will do, with what the row says noted in it. */
  private identify(table: SocketTable, row: number, sight: Sight): number {
    const known = this.connections;
    const state = table.state[row]!;
    const inode = table.inode[row]!;
    const cookie = table.cookie[row]!;
    const identified = inode !== 0 || cookie !== 0;
    known.load(table, row);
    let entry = this.search(table, row);
    if (entry === NONE || !this.isSame(entry, table, row)) {
      if (entry === NONE) entry = known.insert();
      else this.count(known.state[entry]!, 0);
      this.count(0, state);
      known.begin(entry, ++this.ids.last);
      known.state[entry] = state;
      this.enter(entry, sight, identified);
    } else if (known.state[entry] !== state) {
      this.count(known.state[entry]!, state);
      this.past.add(known, entry, state);
      known.state[entry] = state;
      const missed = known.pass[entry]! < this.lastComplete;
      this.enter(entry, sight, identified && !missed);
    }
    known.inode[entry] = inode;
    // Kept where this source does not tell it: the next may.
    if (cookie !== 0) known.cookie[entry] = cookie;
    return entry;
  }

  /**
   * An entry of the row's key: the same connection's, best by inode, else one that has ended since the kernel holds one
   * connection of a key at a time, else -1.
   */
  private search(table: SocketTable, row: number): number {
    const known = this.connections;
    let same = NONE;
    let ended = NONE;
    for (let slot = known.first(); slot >= 0; slot = known.after(slot)) {
      const entry = known.entryAt(slot);
      // Shown twice in one pass: the second row is kept apart, so that ids stay unique.
      if (known.pass[entry] === this.pass) continue;
      if (!this.isSame(entry, table, row)) ended = entry;
      else if (same === NONE || known.inode[entry] === table.inode[row]) same = entry;
    }
    if (same !== NONE) this.expected = known.row[same]! + 1;
    return same !== NONE ? same : ended;
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

  /** After a complete pass over so many rows. Each of them has an entry of its own, so others are there only if entries are left. */
  private sweep(rows: number): void {
    const known = this.connections;
    for (let entry = 0; entry < known.high && known.live > rows; entry++) {
      if (known.id[entry] === 0 || known.pass[entry]! >= this.completeBefore) continue;
      this.count(known.state[entry]!, 0);
      known.remove(entry);
    }
    this.completeBefore = this.lastComplete;
    this.lastComplete = this.pass;
  }

  private count(from: number, to: number): void {
    this.moves[from * KERNEL_STATE_SLOTS + to]!++;
  }

  private reserve(rows: number): void {
    if (rows <= this.id.length) return;
    const capacity = nextCapacity(this.id.length, rows);
    this.id = new Float64Array(capacity);
    const before = new Int32Array(capacity);
    before.set(this.entryBefore);
    this.entryBefore = before;
    this.ageSeconds = new Float64Array(capacity);
    this.ageExact = new Uint8Array(capacity);
    this.entry = new Int32Array(capacity);
  }
}
