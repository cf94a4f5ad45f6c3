import { parseAddress } from '../../../server/model/address.ts';
import type { GroupsAnswer } from '../../../server/model/api.ts';
import { zeroByState, type State } from '../../../server/model/state.ts';
import type { Endpoint } from './endpoints.ts';

/** Conditions that a filter takes are bounded, and each costs a look at every socket. */
const MAX_PORTS = 60;

/** The query for the connections at these listeners, by local address and port, per state; null where there are none. */
export function connectionsQuery(endpoints: readonly Endpoint[]): string | null {
  const ports = [...new Set(endpoints.map(({ listener }) => listener.port))].slice(0, MAX_PORTS);
  if (ports.length === 0) return null;
  const any = ports.map((port) => `sport = :${port}`).join(' or ');
  return new URLSearchParams({
    by: 'netns,local,localPort',
    filter: `exclude listening and (${any})`,
    limit: '1000',
  }).toString();
}

export type ByState = Readonly<Record<State, number>>;

/**
 * The connections that came in by each of the listeners, by its key. As the kernel chooses: a listener at the very address
 * comes before one at any address, one of the same family before `::`, which takes IPv4 too.
 */
export function connectionsAt(
  endpoints: readonly Endpoint[],
  groups: GroupsAnswer['groups'],
): ReadonlyMap<string, ByState> {
  const found = new Map<string, Record<State, number>>();
  for (const { key, byState } of groups) {
    const endpoint = listenerFor(endpoints, key);
    if (!endpoint) continue;
    const sum = found.get(endpoint.key) ?? zeroByState();
    for (const [state, count] of Object.entries(byState)) sum[state as State] += count;
    found.set(endpoint.key, sum);
  }
  return found;
}

function listenerFor(endpoints: readonly Endpoint[], key: Readonly<Record<string, string>>): Endpoint | null {
  const { netns, local = '', localPort } = key;
  let best: Endpoint | null = null;
  let bestFit = 0;
  for (const endpoint of endpoints) {
    const { listener } = endpoint;
    if (listener.netns !== netns || String(listener.port) !== localPort) continue;
    const fit = fitOf(listener.address, local);
    if (fit > bestFit) {
      best = endpoint;
      bestFit = fit;
    }
  }
  return best;
}

function fitOf(listening: string, local: string): number {
  if (listening === local) return 3;
  const isIpv4 = parseAddress(local) !== undefined && !local.includes(':');
  if (listening === '0.0.0.0') return isIpv4 ? 2 : 0;
  return listening === '::' ? (isIpv4 ? 1 : 2) : 0;
}
