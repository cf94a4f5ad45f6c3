import { formatEndpoint } from '../model/address.ts';
import type { Detection } from '../model/finding.ts';
import type { PeerGroup, Process } from '../model/snapshot.ts';
import type { State } from '../model/state.ts';
import { SS_STATE } from '../model/state.ts';

/** Beyond so many peers of one process the peers are not what the sockets have in common: one finding names them all. */
export const MAX_PEERS_APART = 10;

type Where = Pick<PeerGroup, 'role' | 'remoteAddress' | 'servicePort'>;

/** The identity of what is said of a process (or `nobody`) and a peer, or (`*`) all of its peers. */
export function labelsOf(
  { role, remoteAddress, servicePort }: Where,
  process: Process | undefined,
  nobody = 'unknown',
): Detection['labels'] {
  return {
    process: process?.name ?? nobody,
    ...(process && { pid: String(process.pid) }),
    role,
    peer:
      role === 'client' && remoteAddress !== '*' ? formatEndpoint(remoteAddress, servicePort) : remoteAddress,
    ...(servicePort > 0 && { port: String(servicePort) }),
  };
}

/** Shows the sockets in these states, where they are; `more`: further conditions. */
export function filterOf(
  states: readonly State[],
  { role, remoteAddress, servicePort }: Where,
  pid: number | undefined,
  ...more: string[]
): string {
  const terms = [states.map((state) => `state ${SS_STATE[state]}`).join(' ')];
  if (remoteAddress !== '*') {
    terms.push(`dst ${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}`);
  }
  if (servicePort > 0) terms.push(`${role === 'server' ? 'sport' : 'dport'} = :${servicePort}`);
  if (pid !== undefined) terms.push(`pid = ${pid}`);
  return [...terms, ...more].join(' and ');
}
