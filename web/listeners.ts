import { formatEndpoint } from '../server/model/address.ts';
import type { ListenerSummary } from '../server/model/observation.ts';

/** The listening sockets of one address and port in a network namespace: several with SO_REUSEPORT. */
export interface Endpoint {
  readonly key: string;
  readonly endpoint: string;
  /** The one with the longest accept queue. */
  readonly listener: ListenerSummary;
  readonly sockets: number;
}

/** By network namespace, address and port; those with the longest accept queue first, then by port. */
export function byEndpoint(listeners: readonly ListenerSummary[]): Endpoint[] {
  const groups = new Map<string, Endpoint>();
  const fullestFirst = listeners.toSorted((a, b) => b.acceptQueue - a.acceptQueue || a.port - b.port);
  for (const listener of fullestFirst) {
    const endpoint = formatEndpoint(listener.address, listener.port);
    const key = `${listener.netns} ${endpoint}`;
    const group = groups.get(key) ?? { key, endpoint, listener, sockets: 0 };
    groups.set(key, { ...group, sockets: group.sockets + 1 });
  }
  return [...groups.values()];
}
