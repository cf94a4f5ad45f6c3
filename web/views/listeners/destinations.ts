import { formatEndpoint } from '../../../server/model/address.ts';
import { quotedName } from '../../../server/model/quoted-name.ts';
import type { Finding } from '../../../server/model/finding.ts';
import type { PortUse } from '../../../server/model/observation.ts';
import { seriesName } from '../../../server/model/series-name.ts';
import { OWN_NAMESPACE } from '../../../server/model/snapshot.ts';

/** A destination of ours, and what it takes of the local ports. */
export interface Destination {
  readonly key: string;
  /** The remote end. */
  readonly peer: string;
  readonly use: PortUse;
  /** What a detector says of it, if it does. */
  readonly finding: Finding | null;
}

export function destinationsOf(ports: readonly PortUse[], findings: readonly Finding[]): Destination[] {
  return ports.map((use) => {
    const { netns, localAddress, remoteAddress, remotePort } = use;
    const peer = formatEndpoint(remoteAddress, remotePort);
    const finding = findings.find((each) => isAbout(each, use, peer)) ?? null;
    return { key: `${netns} ${localAddress} ${peer}`, peer, use, finding };
  });
}

function isAbout({ detector, labels }: Finding, { netns, localAddress }: PortUse, peer: string): boolean {
  return (
    (detector === 'port_exhaustion' || detector === 'time_wait_buildup') &&
    labels['peer'] === peer &&
    labels['local'] === localAddress &&
    (labels['netns'] ?? OWN_NAMESPACE) === netns
  );
}

export type DestinationSort = 'used' | 'timeWait' | 'destination' | 'source';

export function sortDestinations(
  destinations: readonly Destination[],
  key: DestinationSort,
  descending: boolean,
): Destination[] {
  const sign = descending ? -1 : 1;
  return destinations.toSorted((a, b) => sign * COMPARE[key](a, b) || b.use.used - a.use.used);
}

const text = new Intl.Collator('en', { numeric: true });
const shareOf = ({ use: { used, usable } }: Destination) => (usable === null ? 0 : used / usable);

const COMPARE: Readonly<Record<DestinationSort, (a: Destination, b: Destination) => number>> = {
  used: (a, b) => shareOf(a) - shareOf(b) || a.use.used - b.use.used,
  timeWait: (a, b) => a.use.timeWait - b.use.timeWait,
  destination: (a, b) => text.compare(a.peer, b.peer),
  source: (a, b) => text.compare(a.use.localAddress, b.use.localAddress),
};

/** Its ports over time, and those of them in TIME_WAIT. */
export function portSeries({ netns, localAddress, remoteAddress, remotePort }: PortUse) {
  const labels = { netns, local: localAddress, remote: remoteAddress, port: remotePort };
  return {
    used: seriesName('ephemeral_ports_used', labels),
    timeWait: seriesName('ephemeral_ports_time_wait', labels),
  };
}

/** Shows its sockets, in the filter language. */
export function filterOf({ use: { netns, localAddress }, peer }: Destination, several: boolean): string {
  const source = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  return `src ${source} and dst ${peer}${several ? ` and netns = ${quotedName(netns)}` : ''}`;
}
