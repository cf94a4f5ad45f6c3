import { formatEndpoint } from '../../../server/model/address.ts';
import type { GroupKey } from '../../../server/model/api.ts';
import { quotedName } from '../../../server/model/quoted-name.ts';

/** What sockets can be grouped by, as it is offered; the API's own list would bring its schema library to the page. */
export const GROUPS = [
  'process',
  'pid',
  'unit',
  'container',
  'netns',
  'remote',
  'remotePort',
  'local',
  'localPort',
  'uid',
] as const satisfies readonly GroupKey[];

/** A filter with one more condition, what was asked before being kept. */
export function narrowed(filter: string, term: string): string {
  const before = filter.trim();
  if (before === '') return term;
  const hasChoice = /\bor\b|\|/i.test(before);
  if (before === term || (!hasChoice && before.endsWith(` and ${term}`))) return before;
  return `${hasChoice ? `(${before})` : before} and ${term}`;
}

/** The filter for a group's sockets; null where the filter language has no word for it. */
export function termOfGroup(by: GroupKey, value: string): string | null {
  switch (by) {
    case 'process':
    case 'unit':
    case 'container':
      // A process of that name would be found too; sockets without one cannot be asked for by it.
      return value === 'unknown' || value === 'none' ? null : `${by} = ${quotedName(value)}`;
    case 'netns':
      return `netns = ${quotedName(value)}`;
    case 'pid':
      return value === 'unknown' ? null : `pid = ${value}`;
    case 'uid':
      return `uid = ${value}`;
    case 'remote':
      return `dst ${bracketed(value)}`;
    case 'local':
      return `src ${bracketed(value)}`;
    case 'remotePort':
      return `dport = :${value}`;
    case 'localPort':
      return `sport = :${value}`;
  }
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** The filter that one connection alone passes. */
export function termOfConnection(socket: {
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
}): string {
  const { local, remote } = socket;
  const source = `src ${formatEndpoint(local.address, local.port)}`;
  return remote.port === 0 ? source : `${source} and dst ${formatEndpoint(remote.address, remote.port)}`;
}
