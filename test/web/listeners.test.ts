import { expect, test } from 'vitest';
import type { ListenerSummary } from '../../server/model/observation.ts';
import { byEndpoint } from '../../web/listeners.ts';

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
