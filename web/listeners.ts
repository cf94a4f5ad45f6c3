import { formatEndpoint } from '../server/model/address.ts';
import type { ListenerSummary } from '../server/model/observation.ts';

/** The listening sockets of one address and port: several with SO_REUSEPORT. */
export interface Endpoint {
  readonly endpoint: string;
  /** The one with the longest accept queue. */
  readonly listener: ListenerSummary;
  readonly sockets: number;
}

/** By address and port; those with the longest accept queue first, then by port. */
export function byEndpoint(listeners: readonly ListenerSummary[]): Endpoint[] {
  const groups = new Map<string, Endpoint>();
  const fullestFirst = listeners.toSorted((a, b) => b.acceptQueue - a.acceptQueue || a.port - b.port);
  for (const listener of fullestFirst) {
    const endpoint = formatEndpoint(listener.address, listener.port);
    const group = groups.get(endpoint) ?? { endpoint, listener, sockets: 0 };
    groups.set(endpoint, { ...group, sockets: group.sockets + 1 });
  }
  return [...groups.values()];
}
