import { expect, test } from 'vitest';
import { createSampler } from '../../server/history/sample.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import type { PortUse } from '../../server/model/observation.ts';
import {
  destinationsOf,
  filterOf,
  portSeries,
  sortDestinations,
  type DestinationSort,
} from '../../web/views/listeners/destinations.ts';
import { finding, observation } from '../given.ts';

const use = (over: Partial<PortUse> = {}): PortUse => ({
  netns: 'host',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.9',
  remotePort: 443,
  used: 10,
  timeWait: 4,
  usable: 100,
  ...over,
});
const about = (detector: 'port_exhaustion' | 'half_open', labels: Record<string, string>) =>
  finding('', { detector, labels: { role: 'client', ...labels } });

test('a destination has the finding about its own ports, and no other', () => {
  const labels = { local: '10.0.0.1', peer: '10.0.0.9:443' };
  const here = about('port_exhaustion', labels);
  const findings = [
    about('half_open', labels),
    about('port_exhaustion', { ...labels, peer: '10.0.0.9:80' }),
    about('port_exhaustion', { ...labels, local: '10.0.0.2' }),
    about('port_exhaustion', { ...labels, netns: 'blue' }),
    here,
  ];
  const [one, other, blue] = destinationsOf(
    [use(), use({ remotePort: 444 }), use({ netns: 'blue' })],
    findings,
  );
  expect(one?.finding).toBe(here);
  expect(other?.finding).toBeNull();
  expect(blue?.finding).toBe(findings[3]);
});

test('they are sorted by the share of the range, by TIME_WAIT or by name', () => {
  const destinations = destinationsOf(
    [
      use({ remotePort: 1, used: 10, usable: 1000, timeWait: 9 }),
      use({ remotePort: 20, used: 5, usable: 10, timeWait: 0 }),
      use({ remotePort: 3, usable: null, timeWait: 4 }),
    ],
    [],
  );
  const ports = (key: DestinationSort, descending: boolean) =>
    sortDestinations(destinations, key, descending).map(({ use }) => use.remotePort);
  expect(ports('used', true)).toEqual([20, 1, 3]);
  expect(ports('timeWait', true)).toEqual([1, 3, 20]);
  expect(ports('destination', false)).toEqual([1, 3, 20]);
});

test('its history goes by the names under which it is recorded', () => {
  const { values } = createSampler()(observation({ ports: [use({ localAddress: 'fe80::1' })] }));
  const { used, timeWait } = portSeries(use({ localAddress: 'fe80::1' }));
  expect([values.get(used), values.get(timeWait)]).toEqual([10, 4]);
});

test('its filter is understood, of IPv6 and of other namespaces too', () => {
  const [one] = destinationsOf([use({ localAddress: '::1', remoteAddress: '::2', netns: 'a "b"' })], []);
  const filter = filterOf(one!, true);
  expect(filter).toMatch(/^src \[::1\] and dst \[::2\]:443 and netns = /);
  expect(parseFilter(filter)).toMatchObject({ op: 'and' });
});
