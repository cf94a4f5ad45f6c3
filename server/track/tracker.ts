import type { Flow } from '../model/observation.ts';
import { OWNER_GAPS, type Counters, type KernelLimits, type Process, type View } from '../model/snapshot.ts';
import type { SocketTable } from '../model/socket-table.ts';
import { KERNEL_STATE, KERNEL_STATE_SLOTS, stateOfKernel } from '../model/state.ts';
import { Destinations, NO_DESTINATION, servedTimeWait } from './destinations.ts';
import { UNKNOWN } from './connections.ts';
import { Identity, type Ids } from './identity.ts';
import { Inspection, type Ask } from './inspection.ts';
import { Listeners, NO_PLACE } from './listeners.ts';
import { DescriptorTrends } from './descriptor-trends.ts';
import { PeerGroups } from './peer-groups.ts';
import { proveAges } from './proven-ages.ts';
import { RecentCounters } from './recent-counters.ts';
import type { Rows } from './rows.ts';
import { Stalls } from './stalls.ts';
import { StateRows } from './state-rows.ts';

/** More than so many intervals without a pass are a gap: a suspend, a stall. */
const GAP_INTERVALS = 3;

export interface PassInput {
  /** Name of the network namespace, for what is said of its sockets. */
  readonly namespace: string;
  readonly table: SocketTable;
  /** Name of what the table was read from: sources do not list quite the same sockets. */
  readonly source: string;
  /** False: rows are missing. Nothing is held to be gone then, and no trend is recorded. */
  readonly complete: boolean;
  /** For each row with an inode its process, or why there is none; rows without an inode are decided here. */
  readonly owners: {
    readonly owner: Int32Array;
    readonly ownerGap: Uint8Array;
    /** All that hold it; see `View.sockets.holders`. */
    readonly holders: Int32Array;
    readonly holderSets: View['holderSets'];
    readonly processes: readonly Process[];
  };
  readonly limits: KernelLimits;
  readonly counters: Counters;
  readonly monotonicSeconds: number;
  readonly intervalSeconds: number;
  /** Where the source can tell more of single sockets. */
  readonly inspect?: Ask | undefined;
}

export interface Pass {
  readonly view: View;
  readonly flows: readonly Flow[];
  /** Seconds since the pass before, where that is a gap. */
  readonly gapSeconds: number | null;
  /** Since the first pass: what an age from first sight can be at most. */
  readonly watchedSeconds: number;
}

export interface Tracker {
  /** The view's columns are reused: it is valid until the next call. */
  update(input: PassInput): Pass;
}

/** Remembers the sockets of one network namespace from pass to pass: their identity, their age in state, and the course of groups of them. */
export function createTracker(ids: Ids = { last: 0 }): Tracker {
  const identity = new Identity(ids);
  const stateRows = new StateRows();
  const listeners = new Listeners();
  const peerGroups = new PeerGroups();
  const destinations = new Destinations();
  const stalls = new Stalls();
  const inspection = new Inspection(stalls);
  const recent = new RecentCounters();
  const descriptors = new DescriptorTrends();
  let columns = columnsFor(0);
  let before: { at: number; source: string; complete: boolean; counters: Counters } | undefined;
  let firstAt = 0;

  return {
    update(input) {
      const { table, source, complete, owners, limits, counters, intervalSeconds } = input;
      const { processes } = owners;
      const now = Math.max(input.monotonicSeconds, before?.at ?? 0);
      const elapsedSeconds = before ? now - before.at : 0;
      const gap = elapsedSeconds > GAP_INTERVALS * intervalSeconds;
      if (!before) firstAt = now;
      if (table.count > columns.owner.length) columns = columnsFor(table.capacity);

      const sameSource = before?.source === source;
      const followsClosely = before !== undefined && before.complete && sameSource && !gap;
      identity.update(table, { monotonicSeconds: now, complete, followsClosely });
      const rowsIn = stateRows.update(table);
      if (complete && input.inspect) proveAges(identity, table, rowsIn('CLOSE_WAIT'), input.inspect);
      columns.owner.set(owners.owner.subarray(0, table.count));
      columns.ownerGap.set(owners.ownerGap.subarray(0, table.count));
      columns.holders.set(owners.holders.subarray(0, table.count));
      const numbersHold = [
        listeners.update(table, rowsIn('LISTEN'), columns.owner),
        destinations.begin(),
      ].every(Boolean);
      if (!numbersHold) identity.connections.servedAt.fill(UNKNOWN);
      attribute(table, identity, listeners, destinations, columns);

      const { id, ageSeconds, ageExact } = identity;
      const { owner, ownerGap, listener, served } = columns;
      const rows: Rows = {
        table,
        rowsIn,
        ageSeconds,
        owner,
        ownerGap,
        listener,
        processes,
        listeners,
        entry: identity.entry,
        connections: identity.connections,
        monotonicSeconds: now,
        complete,
      };
      const closeWait = peerGroups.list(rows);
      const stalled = stalls.list(table, id, now, complete);
      const asked = { table, id, ageSeconds, ageExact };
      const inspected = inspection.run(asked, stalled, now, complete ? input.inspect : undefined);
      const counterDeltas = before ? increases(before.counters, counters) : {};
      const view: View = {
        namespace: input.namespace,
        sockets: { ...asked, owner, ownerGap, holders: columns.holders, listener, served },
        rowsIn,
        processes,
        holderSets: owners.holderSets,
        listeners: listeners.list,
        closeWait: closeWait.byPeer,
        closeWaitTotals: closeWait.totals,
        destinations: destinations.list(rows, limits.portRange),
        servedTimeWait: servedTimeWait(rows),
        limits,
        counters,
        counterDeltas,
        elapsedSeconds,
        recent: recent.record(counterDeltas, now, elapsedSeconds),
        stalls: stalled,
        descriptorTrends: descriptors.record(processes, now),
        inspected,
        statesBefore: (id) => identity.past.of(id),
        monotonicSeconds: now,
      };
      const flows = sameSource ? flowsOf(identity.moves, elapsedSeconds) : [];
      before = { at: now, source, complete, counters };
      return { view, flows, gapSeconds: gap ? elapsedSeconds : null, watchedSeconds: now - firstAt };
    },
  };
}

interface Columns {
  readonly owner: Int32Array;
  readonly ownerGap: Uint8Array;
  readonly holders: Int32Array;
  readonly listener: Int32Array;
  readonly served: Uint8Array;
}

function columnsFor(rows: number): Columns {
  return {
    owner: new Int32Array(rows),
    ownerGap: new Uint8Array(rows),
    holders: new Int32Array(rows),
    listener: new Int32Array(rows),
    served: new Uint8Array(rows),
  };
}

const KERNEL_GAP = OWNER_GAPS.indexOf('kernel');
const ACCEPT_QUEUE_GAP = OWNER_GAPS.indexOf('accept_queue');
const PENDING_GAP = OWNER_GAPS.indexOf('pending');

/** Which listener each row came in by, or else where it went out to, and what a row without an inode is. */
function attribute(
  table: SocketTable,
  { entry, connections }: Identity,
  listeners: Listeners,
  destinations: Destinations,
  columns: Columns,
): void {
  const { servedAt, served, destination } = connections;
  const { named } = listeners;
  for (let row = 0; row < table.count; row++) {
    const own = entry[row]!;
    if (servedAt[own] === UNKNOWN) {
      servedAt[own] = listeners.find(table, row);
      if (servedAt[own] !== NO_PLACE) served[own] = 1;
      destination[own] = served[own] === 1 ? NO_DESTINATION : destinations.numberOf(table, row);
    }
    const listener = named[servedAt[own]!]!;
    columns.listener[row] = listener;
    columns.served[row] = served[own]!;
    if (table.inode[row] !== 0) continue;
    const state = table.state[row];
    const canWait = state === KERNEL_STATE.ESTABLISHED || state === KERNEL_STATE.CLOSE_WAIT;
    const waitsAt = canWait && listener >= 0 ? listeners.list[listener]!.row : -1;
    columns.owner[row] = waitsAt < 0 ? -1 : columns.owner[waitsAt]!;
    columns.holders[row] = waitsAt < 0 ? -1 : columns.holders[waitsAt]!;
    // Whose it is will be known when the listener's process is.
    const waits = columns.ownerGap[waitsAt] === PENDING_GAP ? PENDING_GAP : ACCEPT_QUEUE_GAP;
    columns.ownerGap[row] = waitsAt < 0 ? KERNEL_GAP : waits;
  }
}

/** A counter that went down was reset: its increase is not known, and 0 is the least it can be. */
export function increases(before: Counters, now: Counters): Counters {
  const deltas: Record<string, number> = {};
  for (const [name, value] of Object.entries(now)) {
    const old = before[name];
    if (old !== undefined) deltas[name] = Math.max(0, value - old);
  }
  return deltas;
}

function flowsOf(moves: Uint32Array, elapsedSeconds: number): Flow[] {
  if (elapsedSeconds <= 0) return [];
  const flows: Flow[] = [];
  for (let at = 0; at < moves.length; at++) {
    if (moves[at] === 0) continue;
    const from = stateOfKernel(Math.floor(at / KERNEL_STATE_SLOTS)) ?? null;
    const to = stateOfKernel(at % KERNEL_STATE_SLOTS) ?? null;
    flows.push({ from, to, perSecond: moves[at]! / elapsedSeconds });
  }
  return flows;
}
