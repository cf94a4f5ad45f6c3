import { formatAddress, formatEndpoint } from '../../server/model/address.ts';
import { SocketTable, TIMER_KINDS } from '../../server/model/socket-table.ts';
import { stateOfKernel } from '../../server/model/state.ts';
import { parseRows } from '../../server/collect/proc-net-tcp-rows.ts';
import type { BadRows } from '../../server/collect/proc-net-tcp-rows.ts';

export interface Parsed {
  readonly table: SocketTable;
  readonly bad: BadRows;
}

/** The rows of a text in the notation of /proc/net/tcp, without the header and the last newline. */
export function parsed(text: string | Uint8Array, family: 4 | 6 = 4, littleEndian = true): Parsed {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.from('\n')]);
  const table = new SocketTable(1);
  const bad: BadRows = { count: 0, samples: [] };
  parseRows(bytes, 0, bytes.length, { family, littleEndian }, table, bad);
  return { table, bad };
}

/** A row of a table in words. */
export function rowOf(table: SocketTable, row: number) {
  return {
    family: table.family[row],
    state: stateOfKernel(table.state[row]!),
    local: formatEndpoint(formatAddress(table.localAddress, row * 4), table.localPort[row]!),
    remote: formatEndpoint(formatAddress(table.remoteAddress, row * 4), table.remotePort[row]!),
    recvQueueBytes: table.recvQueueBytes[row],
    sendQueueBytes: table.sendQueueBytes[row],
    timer: TIMER_KINDS[table.timer[row]!],
    timerExpiresMs: table.timerExpiresMs[row],
    retransmits: table.retransmits[row],
    probes: table.probes[row],
    uid: table.uid[row],
    inode: table.inode[row],
  };
}

export function rowsOf(table: SocketTable) {
  return Array.from({ length: table.count }, (_, row) => rowOf(table, row));
}

/** A line of `ss -tanHe`, as far as the listing of /proc says the same. */
export function parseSs(line: string) {
  const [state, recvQueue, sendQueue, local, remote] = line.split(/\s+/);
  const listening = state === 'LISTEN';
  return {
    state: SS_NAMES[state!],
    local: withoutMapping(local!),
    remote: withoutMapping(remote!),
    recvQueueBytes: Number(recvQueue),
    // Of a listener ss knows the accept queue's maximum, /proc does not.
    sendQueueBytes: listening ? 0 : Number(sendQueue),
    inode: Number(/\bino:(\d+)/.exec(line)?.[1] ?? NaN),
  };
}

/** What `parseSs` gives, of a row. */
export function asSs(table: SocketTable, row: number) {
  const { state, local, remote, recvQueueBytes, sendQueueBytes, inode } = rowOf(table, row);
  return { state, local, remote, recvQueueBytes, sendQueueBytes, inode };
}

/** `[::ffff:127.0.0.1]:80` is shown as `127.0.0.1:80`; `*` is every address, or no port. */
function withoutMapping(endpoint: string): string {
  return endpoint
    .replace(/^\[::ffff:([\d.]+)\]/, '$1')
    .replace(/^\*:/, '[::]:')
    .replace(/:\*$/, ':0');
}

const SS_NAMES: Record<string, string> = {
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECV': 'SYN_RECV',
  ESTAB: 'ESTABLISHED',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  CLOSING: 'CLOSING',
  'TIME-WAIT': 'TIME_WAIT',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  UNCONN: 'CLOSE',
};
