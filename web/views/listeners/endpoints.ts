import { formatEndpoint } from '../../../server/model/address.ts';
import { quotedName } from '../../../server/model/quoted-name.ts';
import type { Finding } from '../../../server/model/finding.ts';
import type { ListenerSummary } from '../../../server/model/observation.ts';
import { seriesName } from '../../../server/model/series-name.ts';
import { OWN_NAMESPACE } from '../../../server/model/snapshot.ts';

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

/** Of what the queue takes: one more than its maximum. null where the source does not know the maximum. */
export function fullnessOf({ acceptQueue, acceptQueueMax }: ListenerSummary): number | null {
  return acceptQueueMax === null ? null : acceptQueue / (acceptQueueMax + 1);
}

export type EndpointSort = 'queue' | 'address' | 'port' | 'process';

/** `descending` turns the order of the key around; of those alike the lower port comes first in any case. */
export function sortEndpoints(
  endpoints: readonly Endpoint[],
  key: EndpointSort,
  descending: boolean,
): Endpoint[] {
  const sign = descending ? -1 : 1;
  return endpoints.toSorted(
    (a, b) =>
      sign * COMPARE[key](a.listener, b.listener) ||
      a.listener.port - b.listener.port ||
      (a.key < b.key ? -1 : 1),
  );
}

const text = new Intl.Collator('en', { numeric: true });

const COMPARE: Readonly<Record<EndpointSort, (a: ListenerSummary, b: ListenerSummary) => number>> = {
  queue: (a, b) => (fullnessOf(a) ?? 0) - (fullnessOf(b) ?? 0) || a.acceptQueue - b.acceptQueue,
  address: (a, b) => text.compare(a.address, b.address),
  port: (a, b) => a.port - b.port,
  process: (a, b) => text.compare(a.process?.name ?? '', b.process?.name ?? ''),
};

/** Whether each word of what was typed is in one of the texts, in any case of letters. */
export function contains(texts: readonly (string | number | null | undefined)[], typed: string): boolean {
  const all = texts.map((each) => String(each ?? '').toLowerCase());
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => all.some((each) => each.includes(word)));
}

/** What of a listener can be searched for. */
export function wordsOf({ endpoint, listener: { netns, process } }: Endpoint) {
  return [endpoint, netns, process?.name, process?.pid, process?.unit, process?.container];
}

/** Its accept queue over time, and the maximum of that: listeners of one program at one port share them. */
export function queueSeries({ netns, port, process }: ListenerSummary): { queue: string; max: string } {
  const labels = { netns, port, process: process?.name ?? '' };
  return {
    queue: seriesName('listener_accept_queue', labels),
    max: seriesName('listener_accept_queue_max', labels),
  };
}

/** Shows its connections, or with `states` others of its sockets, in the filter language. */
export function filterAt(
  { address, netns, port }: ListenerSummary,
  states: string,
  several: boolean,
): string {
  const anyAddress = address === '0.0.0.0' || address === '::';
  const source = address.includes(':') ? `[${address}]` : address;
  return [
    states,
    ...(anyAddress ? [] : [`src ${source}`]),
    `sport = :${port}`,
    ...(several ? [`netns = ${quotedName(netns)}`] : []),
  ].join(' and ');
}

/** What detectors say of it, the worst first as given. */
export function findingsAt(
  { address, netns, port, process }: ListenerSummary,
  findings: readonly Finding[],
): Finding[] {
  return findings.filter(({ labels }) => {
    if (labels['role'] !== 'server' || labels['port'] !== String(port)) return false;
    if ((labels['netns'] ?? OWN_NAMESPACE) !== netns) return false;
    if (labels['local'] !== undefined && labels['local'] !== address) return false;
    return labels['pid'] === undefined || process === null || labels['pid'] === String(process.pid);
  });
}
