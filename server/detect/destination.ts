import { formatEndpoint, parseAddress, type AddressWords } from '../model/address.ts';
import type { Detection } from '../model/finding.ts';
import type { Destination, View } from '../model/snapshot.ts';

type To = Pick<Destination, 'localAddress' | 'remoteAddress' | 'remotePort'>;

export function destinationLabels({ localAddress, remoteAddress, remotePort }: To): Detection['labels'] {
  return { role: 'client', local: localAddress, peer: formatEndpoint(remoteAddress, remotePort) };
}

/** What takes the ports to a destination: TIME_WAIT, which goes by itself, or connections that are still held. */
export function isMostlyTimeWait({ timeWait, used }: Pick<Destination, 'timeWait' | 'used'>): boolean {
  return timeWait * 2 >= used;
}

/** The sockets of a destination. */
export function rowsTo({ sockets: { table } }: View, to: To): number[] {
  const { localAddress, remoteAddress, remotePort, count } = table;
  const local = parseAddress(to.localAddress);
  const remote = parseAddress(to.remoteAddress);
  const rows: number[] = [];
  if (!local || !remote) return rows;
  for (let row = 0; row < count; row++) {
    // The last word tells most addresses apart.
    if (remotePort[row] !== to.remotePort || remoteAddress[row * 4 + 3] !== remote[3]) continue;
    if (isAt(remoteAddress, row, remote) && isAt(localAddress, row, local)) rows.push(row);
  }
  return rows;
}

function isAt(column: Uint32Array, row: number, address: AddressWords): boolean {
  return address.every((word, i) => word === column[row * 4 + i]);
}

/** `dst` and `src` take an IPv6 address in brackets. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
