import type { Detection } from '../model/finding.ts';
import type { Listener, View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import { bracketed } from './destination.ts';

/** Where a connection that was not accepted yet is held: at a listener's address and port, whoever's it is. */
export function placeLabels({ address, port }: Listener): Detection['labels'] {
  return { role: 'server', local: address, port: String(port) };
}

export function listenerLabels(view: View, listener: Listener): Detection['labels'] {
  const process = view.processes[listener.owner];
  return {
    ...placeLabels(listener),
    process: process?.name ?? 'unknown',
    ...(process && { pid: String(process.pid) }),
  };
}

/** A filter for the connections of a listener; `states` as in `state close-wait`. */
export function atListener({ address, port }: Listener, states: string): string {
  const anyAddress = address === '0.0.0.0' || address === '::';
  return `${states} and ${anyAddress ? '' : `src ${bracketed(address)} and `}sport = :${port}`;
}

/** The connections that wait for accept(), by index of the listener that is named for them. */
export function waitingRows({ sockets, listeners }: View): Map<number, number[]> {
  const waiting = new Map<number, number[]>();
  if (listeners.every(({ acceptQueue }) => acceptQueue === 0)) return waiting;
  const { table, listener } = sockets;
  for (let row = 0; row < table.count; row++) {
    if (table.inode[row] !== 0 || listener[row]! < 0) continue;
    const state = table.state[row];
    if (state === KERNEL_STATE.ESTABLISHED || state === KERNEL_STATE.CLOSE_WAIT)
      add(waiting, listener[row]!, row);
  }
  return waiting;
}

/** The handshakes under way, likewise. */
export function requestRows({ rowsIn, sockets: { listener } }: View): Map<number, number[]> {
  const requests = new Map<number, number[]>();
  for (const row of rowsIn('SYN_RECV')) if (listener[row]! >= 0) add(requests, listener[row]!, row);
  return requests;
}

function add(byListener: Map<number, number[]>, listener: number, row: number): void {
  const rows = byListener.get(listener);
  if (rows) rows.push(row);
  else byListener.set(listener, [row]);
}

/** Whether one more connection would be dropped; null where the queue's maximum is not known. */
export function isQueueFull({ acceptQueue, acceptQueueMax }: Listener): boolean | null {
  // The kernel compares by `>`, so a queue holds one more than its maximum. Source: sk_acceptq_is_full() in include/net/sock.h.
  return acceptQueueMax === null ? null : acceptQueue > acceptQueueMax;
}
