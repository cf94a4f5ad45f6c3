import { formatAddress, isIpv4Words } from '../model/address.ts';
import { OWNER_GAPS, type PeerGroup, type View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Stands } from '../model/units.ts';
import { held } from './hold.ts';
import { labelsOf, MAX_PEERS_APART } from './peers.ts';

/** One connection that makes no progress. */
export interface Stuck<C extends string = string> {
  readonly row: number;
  readonly cause: C;
  readonly seconds: number;
  /** False: `seconds` is a lower bound. */
  readonly exact: boolean;
}

/** Those of one process, or of nobody, with one peer on one port, or (`*`) with all peers. */
export interface StuckGroup<C extends string = string> extends Pick<
  PeerGroup,
  'role' | 'owner' | 'remoteAddress' | 'servicePort' | 'peers'
> {
  /** No program holds them any more: the kernel goes on alone. */
  readonly orphaned: boolean;
  /**
   * Where a program has processes apart from the one that listens (one for each connection, or workers): its name. Then
   * these processes are taken together, and `owner` is -1.
   */
  readonly program: string | null;
  readonly stuck: readonly Stuck<C>[];
}

/** From how many on a group is spoken of: on its own, or taken together with others of its process and port. */
export type Least = (role: PeerGroup['role']) => { readonly apart: number; readonly together: number };

/** None is spoken of. */
export const never: Least = () => ({ apart: Infinity, together: Infinity });

/** What is enough for a finding, by process and peer; what is left of a process and port as one group of peer `*`. */
export function sortOut<C extends string>(
  view: View,
  stuck: readonly Stuck<C>[],
  least: Least,
  stands: Stands,
): { readonly found: StuckGroup<C>[]; readonly passed: StuckGroup<C>[] } {
  const found: StuckGroup<C>[] = [];
  const passed: StuckGroup<C>[] = [];
  const enough = (group: StuckGroup<C>, threshold: number) =>
    group.stuck.length >= threshold ||
    // Asked only where it matters: there may be a group for every one of many thousand peers.
    (group.stuck.length >= held(threshold, true) && stands(stuckLabels(view, group)));
  for (const { total, byPeer } of totalsOf(view, stuck)) {
    const { apart, together } = least(total.role);
    const alone: StuckGroup<C>[] = [];
    for (const ofPeer of byPeer) {
      if (ofPeer.length < held(apart, true)) continue;
      const group = ofOnePeer(view, total, ofPeer);
      if (enough(group, apart)) alone.push(group);
      if (alone.length > MAX_PEERS_APART) break;
    }
    const spoken = alone.length > MAX_PEERS_APART ? [] : alone;
    found.push(...spoken);
    const rest = without(total.stuck, spoken);
    if (rest.length === 0) continue;
    const group = { ...total, stuck: rest, peers: byPeer.length - spoken.length };
    if (enough(group, together)) found.push(group);
    // Of what is let pass the only peer is named.
    else passed.push(byPeer.length === 1 ? ofOnePeer(view, total, rest) : group);
  }
  return { found, passed };
}

/** Each of the groups has some of them, and no two the same. */
function without<C extends string>(
  all: readonly Stuck<C>[],
  groups: readonly StuckGroup<C>[],
): readonly Stuck<C>[] {
  const taken = groups.reduce((sum, { stuck }) => sum + stuck.length, 0);
  if (taken === 0) return all;
  if (taken === all.length) return [];
  const spokenOf = new Set(groups.flatMap(({ stuck }) => stuck));
  return all.filter((each) => !spokenOf.has(each));
}

export function stuckLabels(view: View, group: StuckGroup) {
  return labelsOf(
    group,
    view.processes[group.owner],
    group.program ?? (group.orphaned ? 'kernel' : 'unknown'),
  );
}

/**
 * For each group how many connections there are of the same process and peer: open or closing, the stuck ones among them.
 * Those that nobody holds are compared with all of their port.
 */
export function connectionsOf(view: View, groups: readonly StuckGroup[]): Map<StuckGroup, number> {
  const { table, owner } = view.sockets;
  const tallies = groups.map((group): Tally => ({ group, count: 0 }));
  /** By index of the process plus one, nobody being 0. */
  const byOwner = Array.from({ length: view.processes.length + 1 }, (): Tally[] | null => null);
  const ofSeveral: Tally[] = [];
  for (const tally of tallies) {
    const { orphaned, program, owner } = tally.group;
    if (orphaned || program !== null) ofSeveral.push(tally);
    else (byOwner[owner + 1] ??= []).push(tally);
  }
  for (let row = 0; groups.length > 0 && row < table.count; row++) {
    if (!IS_CONNECTION[table.state[row]!]) continue;
    for (const tally of byOwner[owner[row]! + 1] ?? NONE) if (isOf(view, row, tally.group)) tally.count++;
    for (const tally of ofSeveral) {
      if (isHeldBy(view, row, tally.group) && isOf(view, row, tally.group)) tally.count++;
    }
  }
  return new Map(tallies.map(({ group, count }) => [group, count]));
}

interface Tally {
  readonly group: StuckGroup;
  count: number;
}

const NONE: readonly Tally[] = [];

/** Whether a connection has the role, the port and the peer of a group. */
function isOf(view: View, row: number, { role, servicePort, remoteAddress, stuck }: StuckGroup): boolean {
  const { table, served } = view.sockets;
  if ((role === 'server') !== (served[row] === 1)) return false;
  if (servicePort !== 0 && servicePort !== servicePortOf(view, row)) return false;
  return remoteAddress === '*' || isSamePeer(table.remoteAddress, row, stuck[0]!.row);
}

const { ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING } = KERNEL_STATE;
const IS_CONNECTION: boolean[] = [];
for (const state of [ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING]) {
  IS_CONNECTION[state] = true;
}

/** Of what nobody holds all that is like it; of a program what any of its processes holds. */
function isHeldBy({ sockets, processes }: View, row: number, { orphaned, program }: StuckGroup): boolean {
  return orphaned || processes[sockets.owner[row]!]?.name === program;
}

const KERNEL = OWNER_GAPS.indexOf('kernel');
const PENDING = OWNER_GAPS.indexOf('pending');
const ACCEPT_QUEUE = OWNER_GAPS.indexOf('accept_queue');

interface Total<C extends string> {
  /** Over all peers. */
  readonly total: Omit<StuckGroup<C>, 'peers'>;
  readonly byPeer: readonly (readonly Stuck<C>[])[];
}

/** Without those whose process is being looked for: naming nobody meanwhile would make another finding of them. */
function totalsOf<C extends string>(view: View, stuck: readonly Stuck<C>[]): Total<C>[] {
  const { table, ownerGap, served } = view.sockets;
  const names = new Map<string, number>();
  const totals = new Map<
    number,
    { total: Total<C>['total']; all: Stuck<C>[]; byPeer: Map<PeerKey, Stuck<C>[]> }
  >();
  for (const each of stuck) {
    const { row } = each;
    const gap = ownerGap[row];
    if (gap === PENDING) continue;
    const { owner, program } = holderOf(view, row);
    if (program !== null && !names.has(program)) names.set(program, view.processes.length + names.size);
    const who = program === null ? owner : names.get(program)!;
    const orphaned = gap === KERNEL;
    const port = servicePortOf(view, row);
    const servicePort = served[row] === 1 ? port : 0;
    const key = (who + 1) * 0x4_0000 + (orphaned ? 0x2_0000 : 0) + served[row]! * 0x1_0000 + servicePort;
    let known = totals.get(key);
    if (!known) {
      const all: Stuck<C>[] = [];
      const role = served[row] === 1 ? 'server' : 'client';
      const total = { owner, program, orphaned, role, remoteAddress: '*', servicePort, stuck: all } as const;
      known = { total, all, byPeer: new Map() };
      totals.set(key, known);
    }
    known.all.push(each);
    const peerKey = peerKeyOf(table.remoteAddress, row * 4, port);
    const ofPeer = known.byPeer.get(peerKey);
    if (ofPeer) ofPeer.push(each);
    else known.byPeer.set(peerKey, [each]);
  }
  return [...totals.values()].map(({ total, byPeer }) => ({ total, byPeer: [...byPeer.values()] }));
}

/** What waits in an accept queue is its listener's affair. */
function holderOf(
  { sockets, listeners, processes }: View,
  row: number,
): Pick<StuckGroup, 'owner' | 'program'> {
  const listens = listeners[sockets.listener[row]!]?.owner ?? -1;
  if (sockets.ownerGap[row] === ACCEPT_QUEUE) return { owner: listens, program: null };
  const owner = sockets.owner[row]!;
  const isApart = owner >= 0 && listens >= 0 && owner !== listens;
  return isApart ? { owner: -1, program: processes[owner]!.name } : { owner, program: null };
}

function ofOnePeer<C extends string>(
  view: View,
  total: Total<C>['total'],
  stuck: readonly Stuck<C>[],
): StuckGroup<C> {
  const { row } = stuck[0]!;
  const remoteAddress = formatAddress(view.sockets.table.remoteAddress, row * 4);
  return { ...total, remoteAddress, servicePort: servicePortOf(view, row), stuck, peers: 1 };
}

function servicePortOf({ sockets: { table, served } }: View, row: number): number {
  return served[row] === 1 ? table.localPort[row]! : table.remotePort[row]!;
}

type PeerKey = number | string;

/** A number for IPv4, which is several times faster; there may be very many of them. */
function peerKeyOf(words: Uint32Array, at: number, port: number): PeerKey {
  if (isIpv4Words(words, at)) return port * 0x1_0000_0000 + words[at + 3]!;
  return `${port} ${words[at]} ${words[at + 1]} ${words[at + 2]} ${words[at + 3]}`;
}

function isSamePeer(addresses: Uint32Array, row: number, other: number): boolean {
  for (let word = 0; word < 4; word++) {
    if (addresses[row * 4 + word] !== addresses[other * 4 + word]) return false;
  }
  return true;
}
