import type { Identity } from './identity.ts';
import type { Ask } from './inspection.ts';
import type { SocketTable } from '../model/socket-table.ts';

/** So many sockets are asked about on one pass: some microseconds each, and once in the life of a socket at most. */
const MAX_ASKED = 2000;

/**
 * What was in CLOSE_WAIT when it was met has been so for longer than it has been watched. How long at least the kernel
 * proves: the peer's FIN came with an acknowledgement, so the connection has been closing since the last one that was
 * received, or for longer where the peer acknowledged more. Without it every leak would look young after a start.
 * Source: tcp_ack() sets rcv_tstamp in net/ipv4/tcp_input.c; tcpi_last_ack_recv is the time since.
 */
export function proveAges(identity: Identity, table: SocketTable, inCloseWait: Int32Array, ask: Ask): void {
  const { ageSeconds, ageExact } = identity;
  let asked = 0;
  for (const row of inCloseWait) {
    if (ageSeconds[row] !== 0 || ageExact[row] === 1) continue;
    if (++asked > MAX_ASKED) return;
    const told = ask(table, row);
    if (told) identity.isAtLeast(row, told.lastAckReceivedSeconds);
  }
}
