import { formatAddress } from '../model/address.ts';
import { OWNER_GAPS, type PeerGroup } from '../model/snapshot.ts';
import { numbersTo, type Rows } from './rows.ts';
import { selectFirst } from './select.ts';
import { Trends } from './trend.ts';
import { WordIndex } from './words.ts';

/** Groups listed; where there are more, the largest. */
const MAX_PEER_GROUPS = 300;
const MAX_TOTALS = 300;

/** The CLOSE_WAIT sockets by process and peer, and by process alone, with the trend of each group's size. */
export class PeerGroups {
  private readonly byPeer = new WordIndex(7);
  private readonly totals = new WordIndex(3);
  /** Twice what is listed at once, so that a group which drops out for a while keeps its course. */
  private readonly trends = new Trends(2 * (MAX_PEER_GROUPS + MAX_TOTALS));

  /** `byPeer`: by process, role, remote address and service port. `totals`: over all peers. Both largest first. */
  list(rows: Rows): { byPeer: PeerGroup[]; totals: PeerGroup[] } {
    const { table } = rows;
    this.byPeer.clear();
    this.totals.clear();
    const byPeer: Members[] = [];
    const totals: Members[] = [];
    for (const row of rowsToGroup(rows)) {
      writeTotalKey(rows, row, this.totals.key);
      const total = this.totals.numberOfKey();
      if (total === totals.length) totals.push({ rows: [], peers: 0 });
      totals[total]!.rows.push(row);

      const { key } = this.byPeer;
      key.set(this.totals.key);
      if (isServed(rows, row) === 0) key[2] = table.remotePort[row]!;
      for (let i = 0; i < 4; i++) key[3 + i] = table.remoteAddress[row * 4 + i]!;
      const peer = this.byPeer.numberOfKey();
      if (peer === byPeer.length) {
        byPeer.push({ rows: [], peers: 1 });
        totals[total]!.peers++;
      }
      byPeer[peer]!.rows.push(row);
    }
    return {
      byPeer: largest(byPeer, MAX_PEER_GROUPS).map((members) => {
        const row = members.rows[0]!;
        return this.group(rows, members, formatAddress(table.remoteAddress, row * 4), table.remotePort[row]!);
      }),
      totals: largest(totals, MAX_TOTALS).map((members) => this.group(rows, members, '*', 0)),
    };
  }

  private group(rows: Rows, members: Members, remoteAddress: string, remotePort: number): PeerGroup {
    const row = members.rows[0]!;
    const owner = rows.owner[row]!;
    const process = rows.processes[owner];
    const role = isServed(rows, row) === 1 ? 'server' : 'client';
    const servicePort = role === 'server' ? rows.table.localPort[row]! : remotePort;
    const who = process ? `${process.pid}.${process.startTimeTicks}` : 'unknown';
    const key = `${who} ${role} ${remoteAddress} ${servicePort}`;
    const trend = rows.complete
      ? this.trends.record(key, rows.monotonicSeconds, members.rows.length)
      : this.trends.last(key);
    return { key, state: 'CLOSE_WAIT', role, owner, remoteAddress, servicePort, ...members, trend };
  }
}

interface Members {
  readonly rows: number[];
  peers: number;
}

function largest(groups: readonly Members[], most: number): Members[] {
  const bySize = (a: number, b: number) => groups[b]!.rows.length - groups[a]!.rows.length || a - b;
  return Array.from(selectFirst(numbersTo(groups.length), most, bySize), (group) => groups[group]!);
}

const PENDING = OWNER_GAPS.indexOf('pending');

/** Without those whose process is not known yet: for a few passes they would make a group, and a finding, of nobody. */
function rowsToGroup({ rowsIn, ownerGap }: Rows): Int32Array {
  return rowsIn('CLOSE_WAIT').filter((row) => ownerGap[row] !== PENDING);
}

/** Owner, role, and for a server the listening port; the port of a client is that of its peers. */
function writeTotalKey(rows: Rows, row: number, key: Uint32Array): void {
  const served = isServed(rows, row);
  key[0] = rows.owner[row]! + 1;
  key[1] = served;
  key[2] = served === 1 ? rows.table.localPort[row]! : 0;
}

/** 1: it came in by a listener, even if that is gone by now. */
function isServed({ entry, connections }: Rows, row: number): number {
  return connections.served[entry[row]!]!;
}
