import { formatAddress } from '../model/address.ts';
import { MAX_GROUPS, MAX_ROWS, type GroupsAnswer, type SocketRow, type SocketsAnswer } from '../model/api.ts';
import type { GroupsQuery, SocketsQuery } from '../model/ipc.ts';
import { OWNER_GAPS, type View } from '../model/snapshot.ts';
import { TIMER_KINDS } from '../model/socket-table.ts';
import { KERNEL_STATE_SLOTS, stateOfKernel, zeroByState } from '../model/state.ts';
import type { Source } from '../model/units.ts';
import { groupKey } from './group-keys.ts';
import { orderBy } from './order.ts';
import { predicateOf } from './predicate.ts';
import { selectFirst } from './select.ts';
import { WordIndex } from './words.ts';

/**
 * A page of the rows that match. `at`: the pass's wall clock, milliseconds since 1970. `nextCursor` is the offset of the
 * next page as decimal text. `inspect` is asked for each row of the page. Equal rows stand in the order of their ids, so pages of one view neither overlap nor skip.
 */
export function querySockets(
  view: View,
  query: SocketsQuery,
  at: number,
  inspect: NonNullable<Source['inspect']> = () => null,
): SocketsAnswer {
  const rows = matching(view, query.filter);
  const offset = Math.max(0, query.offset);
  const end = offset + Math.min(Math.max(0, query.limit), MAX_ROWS);
  const page = selectFirst(rows, end, orderBy(query.sort, query.descending, view)).subarray(offset, end);
  return {
    at: new Date(at).toISOString(),
    total: rows.length,
    rows: Array.from(page, (row) => socketRow(view, row, inspect(view.sockets.table, row))),
    nextCursor: end < rows.length && end > offset ? String(end) : null,
  };
}

/** The largest groups of the rows that match, by the keys asked for; `at` as in `querySockets`. */
export function queryGroups(view: View, query: GroupsQuery, at: number): GroupsAnswer {
  const { table, ageSeconds } = view.sockets;
  const keys = query.by.map((key) => groupKey(key, view));
  const index = new WordIndex(keys.reduce((width, key) => width + key.width, 0));
  const first: number[] = [];
  const oldest: number[] = [];
  let byState = new Uint32Array(64 * KERNEL_STATE_SLOTS);
  const sizes: number[] = [];
  for (const row of matching(view, query.filter)) {
    let word = 0;
    for (const key of keys) {
      key.write(row, index.key, word);
      word += key.width;
    }
    const group = index.numberOfKey();
    if (group === first.length) {
      first.push(row);
      oldest.push(0);
      sizes.push(0);
      if (index.count * KERNEL_STATE_SLOTS > byState.length) {
        const grown = new Uint32Array(byState.length * 2);
        grown.set(byState);
        byState = grown;
      }
    }
    sizes[group]!++;
    byState[group * KERNEL_STATE_SLOTS + table.state[row]!]!++;
    oldest[group] = Math.max(oldest[group]!, ageSeconds[row]!);
  }
  const all = Int32Array.from(sizes.keys());
  const most = Math.min(Math.max(0, query.limit), MAX_GROUPS);
  const largest = selectFirst(all, most, (a, b) => sizes[b]! - sizes[a]! || a - b);
  return {
    at: new Date(at).toISOString(),
    total: sizes.length,
    groups: Array.from(largest, (group) => {
      const counts = zeroByState();
      for (let state = 1; state < KERNEL_STATE_SLOTS; state++) {
        const name = stateOfKernel(state);
        if (name !== undefined) counts[name] = byState[group * KERNEL_STATE_SLOTS + state]!;
      }
      return {
        key: Object.fromEntries(keys.map((key) => [key.name, key.text(first[group]!)])),
        sockets: sizes[group]!,
        byState: counts,
        oldestAgeSeconds: oldest[group]!,
      };
    }),
  };
}

function matching(view: View, filter: SocketsQuery['filter']): Int32Array {
  const holds = predicateOf(filter, view);
  const { count } = view.sockets.table;
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[found++] = row;
  return rows.subarray(0, found);
}

function socketRow(view: View, row: number, tcpInfo: SocketRow['tcpInfo']): SocketRow {
  const { table, id, ageSeconds, ageExact, owner, ownerGap } = view.sockets;
  const process = view.processes[owner[row]!];
  const kind = TIMER_KINDS[table.timer[row]!];
  return {
    id: id[row]!.toString(36),
    netns: 'host',
    family: table.family[row] === 6 ? 'ipv6' : 'ipv4',
    state: stateOfKernel(table.state[row]!) ?? 'CLOSE',
    local: { address: formatAddress(table.localAddress, row * 4), port: table.localPort[row]! },
    remote: { address: formatAddress(table.remoteAddress, row * 4), port: table.remotePort[row]! },
    recvQueueBytes: table.recvQueueBytes[row]!,
    sendQueueBytes: table.sendQueueBytes[row]!,
    uid: table.uid[row]!,
    inode: table.inode[row]!,
    process: process ? { pid: process.pid, name: process.name } : null,
    processUnknown: OWNER_GAPS[ownerGap[row]!] ?? 'not_found',
    ageSeconds: ageSeconds[row]!,
    ageExact: ageExact[row] === 1,
    timer:
      kind === undefined || kind === 'none'
        ? null
        : {
            kind,
            expiresSeconds: table.timerExpiresMs[row]! / 1000,
            retransmits: table.retransmits[row]!,
            probes: table.probes[row]!,
          },
    tcpInfo,
  };
}
