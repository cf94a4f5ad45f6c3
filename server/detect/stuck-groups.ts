import { formatAddress } from '../model/address.ts';
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
  readonly stuck: readonly Stuck<C>[];
}

/** From how many on a group is spoken of: on its own, or taken together with others of its process and port. */
export type Least = (group: StuckGroup) => { readonly apart: number; readonly together: number };

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
  const enough = (group: StuckGroup<C>, which: 'apart' | 'together') => {
    const { length } = group.stuck;
    const threshold = least(group)[which];
    // Asked only where it matters: there may be a group for every one of many thousand peers.
    if (length >= threshold || length < held(threshold, true)) return length >= threshold;
    return stands(stuckLabels(view, group));
  };
  for (const { total, byPeer } of totalsOf(view, stuck)) {
    const apart = byPeer.filter((group) => enough(group, 'apart'));
    const together = apart.length > MAX_PEERS_APART;
    if (!together) found.push(...apart);
    const spokenOf = new Set(together ? [] : apart.flatMap((group) => group.stuck));
    const rest = total.stuck.filter((each) => !spokenOf.has(each));
    if (rest.length === 0) continue;
    const group = { ...total, stuck: rest, peers: total.peers - (together ? 0 : apart.length) };
    (enough(group, 'together') ? found : passed).push(group);
  }
  return { found, passed };
}

export function stuckLabels(view: View, group: StuckGroup) {
  return labelsOf(group, view.processes[group.owner], group.orphaned ? 'kernel' : 'unknown');
}

/**
 * For each group how many connections there are of the same process and peer: open or closing, the stuck ones among them.
 * Those that nobody holds are compared with all of their port.
 */
export function connectionsOf(view: View, groups: readonly StuckGroup[]): Map<StuckGroup, number> {
  const { table, owner, served } = view.sockets;
  const counts = new Map(groups.map((group) => [group, 0]));
  for (let row = 0; groups.length > 0 && row < table.count; row++) {
    if (!IS_CONNECTION[table.state[row]!]) continue;
    const port = served[row] === 1 ? table.localPort[row]! : table.remotePort[row]!;
    for (const group of groups) {
      if ((group.role === 'server') !== (served[row] === 1)) continue;
      if (group.servicePort !== 0 && group.servicePort !== port) continue;
      if (!group.orphaned && group.owner !== owner[row]) continue;
      if (group.remoteAddress !== '*' && !isSamePeer(table.remoteAddress, row, group.stuck[0]!.row)) continue;
      counts.set(group, counts.get(group)! + 1);
    }
  }
  return counts;
}

const { ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING } = KERNEL_STATE;
const IS_CONNECTION: boolean[] = [];
for (const state of [ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING]) {
  IS_CONNECTION[state] = true;
}

const KERNEL = OWNER_GAPS.indexOf('kernel');
const PENDING = OWNER_GAPS.indexOf('pending');
const ACCEPT_QUEUE = OWNER_GAPS.indexOf('accept_queue');

interface Totals<C extends string> {
  readonly total: StuckGroup<C>;
  readonly byPeer: readonly StuckGroup<C>[];
}

/** Without those whose process is being looked for: naming nobody meanwhile would make another finding of them. */
function totalsOf<C extends string>(view: View, stuck: readonly Stuck<C>[]): Totals<C>[] {
  const { table, owner, ownerGap, listener, served } = view.sockets;
  const totals = new Map<string, { total: Mutable<C>; byPeer: Map<string, Mutable<C>> }>();
  for (const each of stuck) {
    const { row } = each;
    if (ownerGap[row] === PENDING) continue;
    const isServed = served[row] === 1;
    const port = isServed ? table.localPort[row]! : table.remotePort[row]!;
    const who = {
      owner: ownerGap[row] === ACCEPT_QUEUE ? (view.listeners[listener[row]!]?.owner ?? -1) : owner[row]!,
      orphaned: ownerGap[row] === KERNEL,
      role: isServed ? ('server' as const) : ('client' as const),
    };
    const key = `${who.owner} ${who.orphaned} ${isServed ? port : 'client'}`;
    const known = totals.get(key) ?? {
      total: { ...who, remoteAddress: '*', servicePort: isServed ? port : 0, peers: 0, stuck: [] },
      byPeer: new Map<string, Mutable<C>>(),
    };
    totals.set(key, known);
    const peerKey = `${port} ${remoteAddress}`;
    const peer = known.byPeer.get(peerKey) ?? {
      ...who,
      remoteAddress,
      servicePort: port,
      peers: 1,
      stuck: [],
    };
    if (peer.stuck.length === 0) known.total.peers++;
    known.byPeer.set(peerKey, peer);
    known.total.stuck.push(each);
    peer.stuck.push(each);
  }
  return [...totals.values()].map(({ total, byPeer }) => ({ total, byPeer: [...byPeer.values()] }));
}

type Mutable<C extends string> = Omit<StuckGroup<C>, 'stuck' | 'peers'> & {
  stuck: Stuck<C>[];
  peers: number;
};

function isSamePeer(addresses: Uint32Array, row: number, other: number): boolean {
  for (let word = 0; word < 4; word++) {
    if (addresses[row * 4 + word] !== addresses[other * 4 + word]) return false;
  }
  return true;
}
