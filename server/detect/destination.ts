import { formatEndpoint, parseAddress } from '../model/address.ts';
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
  const { localAddress, remoteAddress, remotePort } = table;
  const local = parseAddress(to.localAddress) ?? [];
  const remote = parseAddress(to.remoteAddress) ?? [];
  const rows: number[] = [];
  for (let row = 0; row < table.count; row++) {
    if (remotePort[row] !== to.remotePort) continue;
    const at = row * 4;
    const same =
      remote.every((word, i) => word === remoteAddress[at + i]) &&
      local.every((word, i) => word === localAddress[at + i]);
    if (same) rows.push(row);
  }
  return rows;
}

/** `dst` and `src` take an IPv6 address in brackets. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
