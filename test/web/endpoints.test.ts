import { expect, test } from 'vitest';
import type { ListenerSummary } from '../../server/model/observation.ts';
import type { GroupsAnswer } from '../../server/model/api.ts';
import { zeroByState } from '../../server/model/state.ts';
import { connectionsAt, connectionsQuery } from '../../web/views/listeners/connections.ts';
import {
  byEndpoint,
  contains,
  queueSeries,
  sortEndpoints,
  wordsOf,
  type EndpointSort,
} from '../../web/views/listeners/endpoints.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { createSampler } from '../../server/history/sample.ts';
import { observation } from '../given.ts';

function listener(address: string, port: number, acceptQueue: number): ListenerSummary {
  return { netns: 'host', address, port, acceptQueue, acceptQueueMax: null, process: null };
}

test('listening sockets that share an address and port are one line, with the fullest of their queues', () => {
  const found = byEndpoint([listener('0.0.0.0', 80, 1), listener('::', 80, 0), listener('0.0.0.0', 80, 9)]);
  expect(found.map(({ endpoint, sockets, listener }) => [endpoint, sockets, listener.acceptQueue])).toEqual([
    ['0.0.0.0:80', 2, 9],
    ['[::]:80', 1, 0],
  ]);
});

test('the longest accept queue stands first, then the lowest port', () => {
  const found = byEndpoint([listener('::1', 90, 0), listener('::1', 80, 0), listener('::1', 99, 3)]);
  expect(found.map(({ endpoint }) => endpoint)).toEqual(['[::1]:99', '[::1]:80', '[::1]:90']);
});

const named = (name: string, over: Partial<ListenerSummary> = {}): ListenerSummary => ({
  ...listener('0.0.0.0', 80, 0),
  process: { pid: 7, name, unit: `${name}.service`, container: null },
  ...over,
});

test('they are sorted by how full the queue is, or by name, and those alike by port', () => {
  const endpoints = byEndpoint([
    named('b', { port: 9, acceptQueue: 10, acceptQueueMax: 4096 }),
    named('a', { port: 8, acceptQueue: 5, acceptQueueMax: 5 }),
    named('c', { port: 7 }),
    named('c', { port: 6 }),
  ]);
  const ports = (key: EndpointSort, descending: boolean) =>
    sortEndpoints(endpoints, key, descending).map(({ listener }) => listener.port);
  expect(ports('queue', true)).toEqual([8, 9, 6, 7]);
  expect(ports('process', false)).toEqual([8, 9, 6, 7]);
  expect(ports('process', true)).toEqual([6, 7, 9, 8]);
  expect(ports('port', false)).toEqual([6, 7, 8, 9]);
});

test('what is typed is looked for word by word in address, process, unit and namespace', () => {
  const [endpoint] = byEndpoint([named('nginx', { netns: 'blue' })]);
  const words = wordsOf(endpoint!);
  for (const typed of ['', 'NGINX', ':80', 'nginx.service', 'blue 80', '7']) {
    expect(contains(words, typed), typed).toBe(true);
  }
  for (const typed of ['apache', 'nginx 81']) expect(contains(words, typed), typed).toBe(false);
});

test('its history goes by the names under which it is recorded, whatever the process is called', () => {
  for (const process of [null, { pid: 1, name: 'evil"\\} \n', unit: null, container: null }]) {
    const one = { ...listener('::', 80, 3), process, acceptQueueMax: 5 };
    const { values } = createSampler()(observation({ listeners: [one] }));
    const { queue, max } = queueSeries(one);
    expect([values.get(queue), values.get(max)]).toEqual([3, 5]);
  }
});

test('connections are asked for by the ports that are shown, in one filter however many', () => {
  const many = byEndpoint(Array.from({ length: 200 }, (_, i) => listener('::', 60_000 + i, 0)));
  const filter = new URLSearchParams(connectionsQuery(many) ?? '').get('filter');
  expect(() => parseFilter(filter ?? '')).not.toThrow();
  expect(connectionsQuery([])).toBeNull();
});

test('a connection belongs to the listener at its address, else to one at any address of its family', () => {
  const endpoints = byEndpoint([
    listener('10.0.0.1', 80, 0),
    listener('0.0.0.0', 80, 0),
    listener('::', 80, 0),
    listener('::', 81, 0),
  ]);
  const group = (local: string, localPort: string, netns = 'host'): GroupsAnswer['groups'][number] => ({
    key: { netns, local, localPort },
    sockets: 1,
    byState: { ...zeroByState(), ESTABLISHED: 1 },
    oldestAgeSeconds: 0,
  });
  const found = connectionsAt(endpoints, [
    group('10.0.0.1', '80'),
    group('10.0.0.2', '80'),
    group('10.0.0.3', '80'),
    group('fe80::1', '80'),
    group('10.0.0.1', '81'),
    group('10.0.0.1', '82'),
    group('10.0.0.1', '80', 'blue'),
  ]);
  expect([...found].map(([key, { ESTABLISHED }]) => [key, ESTABLISHED])).toEqual([
    ['host 10.0.0.1:80', 1],
    ['host 0.0.0.0:80', 2],
    ['host [::]:80', 1],
    ['host [::]:81', 1],
  ]);
});
